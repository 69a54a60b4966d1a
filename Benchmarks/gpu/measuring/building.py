"""Whether the driver compiles every program of the engine: each in a process of its own, since a driver may crash."""

import collections
import concurrent.futures
import json
import os
import re
import sys
import threading
import zipfile

from .commands import Child, first, signal_name

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "opencl.py")
LIMIT = 40  # seconds of one program
MOST_BUILDS = 12  # at a time: each has a context of its own on the device


class Building:
    """The part that builds the programs of the bundle, which the engine was captured with."""

    def __init__(self, commands, device, scratch):
        """Take the number of the device."""
        self.commands, self.device, self.scratch = commands, device, scratch
        self.logs = Logs(os.path.splitext(commands.options.out)[0] + "-logs.zip", commands)

    def run(self):
        """Build all programs, several at a time; keep logs and binaries, and a row for each."""
        archive = self.commands.here + "/programs.zip"
        if not os.path.exists(archive):
            self.commands.problem("the bundle has no programs.zip: whether each program compiles is not known")
            return
        with zipfile.ZipFile(archive) as file:
            file.extractall(self.scratch + "/programs")
            # In the order in which they are needed.
            paths = [f"{self.scratch}/programs/{name}" for name in file.namelist() if name.endswith(".cl")]
        rows = self.commands.result["builds"]
        # What is built without a word more is found in the driver's cache when the program asks for it.
        with concurrent.futures.ThreadPoolExecutor(max(1, min(MOST_BUILDS, len(os.sched_getaffinity(0))))) as pool:
            for row in pool.map(self.build, paths):
                rows.append(row)
                self.commands.save()
            self.report(rows)
            if any(row.get("is_verbose_possible") for row in rows):
                list(pool.map(self.look, paths, rows))
        self.commands.save()

    def build(self, path):
        """Return the row of a program."""
        with open(path[:-3] + ".options") as file:
            row = {"program": os.path.basename(path)[:-3], "source": source_name(path), "options": file.read().strip()}
        return row | self.child(path, [])

    def look(self, path, row):
        """Add to a row what the assembler says of registers and spills."""
        if row["status"] != "built" or self.commands.left() < 2:
            return
        log = self.child(path, ["-cl-nv-verbose"]).get("log", "")
        row["spilled_bytes"] = sum(map(int, re.findall(r"(\d+) bytes spill (?:stores|loads)", log)))
        row["registers"] = max(map(int, re.findall(r"Used (\d+) registers", log)), default=None)

    def child(self, path, options):
        """Return what a process of its own says, or how it ended; its log is kept."""
        limit, name = min(LIMIT, self.commands.left()), os.path.basename(path)[:-3]
        if limit < 1:
            return {"status": "left out", "reason": "no time"}
        binary = f"{self.scratch}/{name}.binary"
        command = [sys.executable, SCRIPT, "build", path, path[:-3] + ".options", self.device, binary, *options]
        child = Child(command, self.commands.environment)
        code = child.wait(limit)
        if code is None and limit < LIMIT:
            found = {"status": "left out", "reason": "no time"}
        elif code is None:
            found = {"status": "hung", "reason": f"not built in {limit:.0f} s"}
        elif code:
            what = signal_name(-code) if code < 0 else f"exit code {code}"
            found = {"status": "crashed", "reason": f"{what}: {child.errors.strip()[-300:]}"}
        else:
            found = first(child.output, {"status": "failed", "reason": "no answer"})
        texts = (source_name(path), json.dumps(found, indent=1), found.get("log", ""), child.errors)
        self.logs.keep(f"{name}{''.join(options)}.log", "\n".join(texts))
        if not options and os.path.exists(binary):
            with open(binary, "rb") as file:
                self.logs.keep(name + ".binary", file.read())
        if found["status"] == "built" and not options:
            found.pop("log", None)
        elif complaint := next((line for line in found.get("log", "").splitlines() if "error" in line), None):
            found["reason"] = f"{found.get('reason', '')}: {complaint.strip()}"
        return found

    def report(self, rows):
        """Say what does not compile, one sentence for each kernel file; what no time was left for, in one."""
        failed = collections.defaultdict(list)
        for row in rows:
            if row["status"] != "built":
                failed[row["status"], row["source"] if row["status"] != "left out" else ""].append(row)
        for (status, _), group in failed.items():
            reason = " ".join(str(group[0].get("reason", "")).split())[:300]
            example = " ".join(group[0][key] for key in ("program", "source", "options"))
            self.commands.problem(f"{len(group)} of {len(rows)} programs: {status}: {reason}; such as {example}")


class Logs:
    """One file, since a machine that is lent may give back few: a zip that is whole after each log."""

    def __init__(self, path, commands):
        """Take the place of the file, which is made when the first log comes."""
        self.path, self.commands, self.lock, self.is_new = path, commands, threading.Lock(), True

    def keep(self, name, text):
        """Add a log; where there is no room, that is one problem, and the run goes on without logs."""
        with self.lock:
            if not self.path:
                return
            try:
                with zipfile.ZipFile(self.path, "w" if self.is_new else "a", zipfile.ZIP_DEFLATED) as file:
                    file.writestr(name, text)
                self.is_new = False
            except OSError as error:
                self.commands.problem(f"{self.path} cannot be written: {error.strerror}; build logs are left out")
                self.path = None


def source_name(path):
    """Return the name of the kernel file that a program was made of."""
    with open(path, errors="replace") as file:
        found = re.match(r'#line 1 "([^"]+)"', file.readline())
    return found[1] if found else os.path.basename(path)
