"""A stand-in for the Hugging Face Hub on this machine, with faults on demand: `with LocalHub(root) as hub:`.

ROOT/ORG/NAME/ holds the files of a repository, ROOT/NAME/ those of one without a namespace, and ROOT/ORG/NAME@REV/
those of another branch or tag. Folders are read anew for every request. Weights come from a second port, the CDN,
which is another origin. The token hf_granted may read everything, hf_valid what is neither gated nor private.

Faults are those of faults.py.
"""

import hashlib
import json
import re
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from faults import Fault

LARGE = (".safetensors", ".bin", ".h5", ".msgpack")
TOKENS = {"hf_granted": True, "hf_valid": False}
EVIL_NAMES = ["../../../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt", "a\nb.json", ""]


class File:
    """A file of a repository, with the hashes that the Hub gives it."""

    def __init__(self, path, location):
        """Read the file."""
        self.path, self.location = path, location
        data = location.read_bytes()
        self.size = len(data)
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.large = path.endswith(LARGE)
        if self.large:
            data = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n".encode()
        self.pointer_size = len(data)
        self.git_sha1 = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class LocalHub:
    """Both servers, in threads of this process."""

    def __init__(self, root, gated=(), private=(), renamed=None):
        """Serve the folders in `root`."""
        self.root, self.gated, self.private, self.renamed = Path(root), set(gated), set(private), renamed or {}
        self.faults, self.log, self.lock, self.cache = [], [], threading.Lock(), {}
        self.servers = [
            Server(("127.0.0.1", 0), type("Handler", (kind,), {"hub": self})) for kind in (HubHandler, CDNHandler)
        ]
        self.endpoint, self.cdn = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def __enter__(self):
        """Return the Hub."""
        return self

    def __exit__(self, *error):
        """End both servers."""
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def set_faults(self, *specs):
        """Replace all faults."""
        with self.lock:
            self.faults = [Fault(spec) for spec in specs]

    def take_log(self):
        """Return what was asked since the last time, and forget it."""
        with self.lock:
            log, self.log = self.log, []
        return log

    def fault(self, request, *kinds):
        """Return the first fault of these kinds that acts on a request, None where none does."""
        with self.lock:
            return next((fault for fault in self.faults if fault.kind in kinds and fault.takes(request)), None)

    def folder(self, name):
        """Return a repository's folder, None where there is none."""
        folder = self.root / name
        return folder if re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name) and folder.is_dir() else None

    def files(self, folder):
        """Return a folder's files by their paths, and their commit."""
        files, digest = {}, hashlib.sha1()
        for location in sorted(path for path in folder.rglob("*") if path.is_file()):
            path, status = location.relative_to(folder).as_posix(), location.stat()
            key = (location, status.st_mtime_ns, status.st_size)
            with self.lock:
                self.cache[key] = files[path] = self.cache.get(key) or File(path, location)
            digest.update(f"{path}\0{files[path].git_sha1}\n".encode())
        return files, digest.hexdigest()

    def revision(self, name, revision):
        """Return files and commit of a branch, tag or commit, None where there is no such revision."""
        folder = self.folder(name)
        for candidate in [folder, *folder.parent.glob(folder.name + "@*")]:
            files, commit = self.files(candidate)
            if revision in (candidate.name.partition("@")[2] or "main", commit):
                return files, commit
        return None


class Server(ThreadingHTTPServer):
    """A server whose clients may leave at any time."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Say nothing of those who left."""


class Handler(BaseHTTPRequestHandler):
    """What both ports have in common."""

    protocol_version = "HTTP/1.1"
    hub: LocalHub

    def do_GET(self):  # noqa: N802
        """Answer a request."""
        self.request_line = f"{self.command} {self.path}"
        self.entry = {
            "port": "cdn" if isinstance(self, CDNHandler) else "hub",
            "request": self.request_line,
            "range": self.headers.get("Range"),
            "authorization": self.headers.get("Authorization"),
            "status": 0,
            "sent": 0,
        }
        with self.hub.lock:
            self.hub.log.append(self.entry)
        fault = self.hub.fault(self.request_line, "status", "html", "redirect", "disconnect")
        if fault is None:
            self.answer(urlsplit(self.path))
        elif fault.kind == "disconnect":
            self.close_connection = True
        elif fault.kind == "html":
            self.send(b"<html><body>Please log in to this network</body></html>", {"Content-Type": "text/html"})
        elif fault.kind == "redirect":
            self.send(b"", {"Location": fault.value or self.path}, 307)
        else:
            headers = {"X-Error-Message": "a fault"} | ({"Retry-After": str(fault.seconds)} if fault.seconds else {})
            self.send(b"a fault".ljust(fault.bytes), headers, int(fault.value))

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *arguments):
        """Log nothing."""

    def send_file(self, file, headers):
        """Send a file, or the rest of it that is asked for."""
        data = bytearray(file.location.read_bytes())
        if fault := self.hub.fault(self.request_line, "corrupt"):
            data[int(fault.value)] ^= 0xFF
        if fault := self.hub.fault(self.request_line, "short"):
            del data[int(fault.value) :]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if not wanted or self.hub.fault(self.request_line, "ignore-range"):
            return self.send(data, headers)
        first, last = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
        if first > last:
            return self.send(b"", {"Content-Range": f"bytes */{len(data)}"}, 416)
        if self.hub.fault(self.request_line, "wrong-range"):
            first -= 1
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        return self.send(data[first : last + 1], headers, 206)

    def send(self, body, headers, status=200):
        """Send an answer."""
        self.entry["status"] = status
        self.send_response(status)
        if self.hub.fault(self.request_line, "no-length"):
            self.close_connection = True
            headers["Connection"] = "close"
        else:
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or not body:
            return
        fault = self.hub.fault(self.request_line, "cut", "reset", "stall", "slow")
        if fault is None:
            return self.write(body)
        if fault.kind == "slow":
            step = int(fault.value) // 20
            for start in range(0, len(body), step):
                self.write(body[start : start + step])
                time.sleep(0.05)
            return
        self.write(body[: int(fault.value)])
        if fault.kind == "stall":
            self.connection.settimeout(30)
            self.connection.recv(1)  # until the client leaves
        elif fault.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

    def write(self, part):
        """Send a part of a body."""
        for start in range(0, len(part), 1 << 16):
            piece = part[start : start + (1 << 16)]
            self.wfile.write(piece)
            self.entry["sent"] += len(piece)


class CDNHandler(Handler):
    """The bytes of large files."""

    def answer(self, url):
        """Send the file of a hash."""
        with self.hub.lock:
            file = next((file for file in self.hub.cache.values() if url.path == f"/cdn/{file.sha256}"), None)
        if file is None or "Signature=good" not in url.query:
            return self.send(b"AccessDenied", {"Content-Type": "application/xml"}, 403)
        self.send_file(file, {"ETag": '"an ETag of its own"', "Content-Type": "binary/octet-stream"})


class HubHandler(Handler):
    """The Hub itself."""

    def answer(self, url):
        """Find out what is asked for; a slash of a revision is escaped, and separates nothing."""
        name = r"((?:[^/]+/)?[^/]+)"
        if match := re.fullmatch(rf"/api/models/{name}/(revision|tree)/([^/]+)", url.path):
            repository, kind, revision = (unquote(part) for part in match.groups())
            act = self.listing if kind == "revision" else self.tree
            return self.with_revision(repository, revision, lambda *found: act(repository, *found), of_files=False)
        if match := re.fullmatch(rf"/{name}/resolve/([^/]+)/(.+)", url.path):
            repository, revision, path = (unquote(part) for part in match.groups())
            return self.with_revision(repository, revision, lambda *found: self.resolve(repository, path, *found))
        if match := re.fullmatch(rf"/api/resolve-cache/models/{name}/([0-9a-f]{{40}})/(.+)", url.path):
            repository, revision, path = (unquote(part) for part in match.groups())
            return self.with_revision(repository, revision, lambda *found: self.in_place(path, *found))
        return self.refuse(404, None, "no such page")

    def with_revision(self, name, revision, act, of_files=True):
        """Act on files and commit, where this token may read them."""
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        granted = TOKENS.get(token)
        if token is not None and granted is None:
            return self.refuse(401, None, "Invalid credentials in Authorization header")
        if name in self.hub.renamed:
            return self.send(b"", {"Location": self.path.replace(name, self.hub.renamed[name], 1)}, 307)
        if self.hub.folder(name) is None or (name in self.hub.private and not granted):
            if token is None:
                return self.refuse(401, "RepoNotFound", "Invalid username or password.")
            return self.refuse(404, "RepoNotFound", "Repository not found")
        if of_files and name in self.hub.gated and not granted:
            return self.refuse(401 if token is None else 403, "GatedRepo", f"Access to model {name} is restricted")
        found = self.hub.revision(name, revision)
        if found is None:
            return self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return act(*found)

    def listing(self, name, files, commit):
        """Send names, sizes and hashes."""
        siblings = []
        for file in files.values():
            fault = self.hub.fault(f"{self.request_line} {file.path}", "hash")
            size = self.hub.fault(f"{self.request_line} {file.path}", "size")
            siblings.append({"rfilename": file.path, "blobId": file.git_sha1, "size": file.size})
            if file.large:
                siblings[-1]["lfs"] = {
                    "sha256": fault.value if fault else file.sha256,
                    "size": int(size.value) if size else file.size,
                    "pointerSize": file.pointer_size,
                }
            elif fault:
                siblings[-1]["blobId"] = fault.value
        if self.hub.fault(self.request_line, "names"):
            siblings += [{"rfilename": path, "blobId": "0" * 40, "size": 1} for path in EVIL_NAMES]
        if "blobs" not in parse_qs(urlsplit(self.path).query):
            siblings = [{"rfilename": sibling["rfilename"]} for sibling in siblings]
        self.send_json({"_id": "0" * 24, "id": name, "sha": commit, "tags": [], "downloads": 0, "siblings": siblings})

    def tree(self, name, files, commit):
        """Send the same in the form that huggingface_hub asks for."""
        entries = []
        for file in files.values():
            entries.append({"type": "file", "oid": file.git_sha1, "size": file.size, "path": file.path})
            if file.large:
                entries[-1]["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
        self.send_json(entries)

    def resolve(self, name, path, files, commit):
        """Say where a file is: large ones at the CDN; what is public and has a namespace behind another redirect."""
        file = files.get(path)
        if file is not None and file.large:
            location = f"{self.hub.cdn}/cdn/{file.sha256}?Signature=good"
            headers = {"Location": location, "X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
            return self.send(b"", headers | {"X-Repo-Commit": commit}, 302)
        if file is None or "/" not in name or not file.size or name in self.hub.private | self.hub.gated:
            return self.in_place(path, files, commit)
        location = f"/api/resolve-cache/models/{name}/{commit}/{quote(path)}?etag=%22{file.git_sha1}%22"
        return self.send(b"", {"Location": location, "X-Repo-Commit": commit}, 307)

    def in_place(self, path, files, commit):
        """Send a file."""
        if path not in files:
            return self.refuse(404, "EntryNotFound", "Entry not found")
        headers = {"ETag": f'"{files[path].git_sha1}"', "X-Repo-Commit": commit, "Content-Type": "text/plain"}
        return self.send_file(files[path], headers)

    def refuse(self, status, code, message):
        """Send an error as the Hub does."""
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self.send_json({"error": message}, status, headers)

    def send_json(self, value, status=200, headers=None):
        """Send JSON."""
        self.send(json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})}, status)
