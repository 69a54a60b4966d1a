"""Takes the steps of a Dockerfile's last stage in a folder made by debootstrap, and runs what comes of them.

usage: play_dockerfile.py DOCKERFILE ROOT PROGRAMS     as root; what the stage copies of others comes from PROGRAMS

The image's command must become healthy as its user, answer, and end by SIGTERM.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path


def instructions(path):
    """Return the words and the rest of each instruction of the last stage."""
    lines = [line for line in Path(path).read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ").splitlines()
    steps = [tuple(line.split(None, 1)) for line in whole if line.strip()]
    last = max(place for place, (word, _) in enumerate(steps) if word == "FROM")
    return steps[last + 1 :]


class Image:
    """A folder on its way to be an image."""

    def __init__(self, root, programs):
        """Begin."""
        self.root, self.programs = Path(root), Path(programs)
        self.variables = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.user, self.folder, self.command, self.health = "0:0", "/", [], []

    def take(self, word, rest):
        """Take a step."""
        if word in ("ARG", "ENV"):
            self.variables.update(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "RUN":
            self.run(["sh", "-c", rest], check=True)
        elif word == "COPY":
            target = self.root / rest.split()[-1].lstrip("/")
            shutil.copytree(self.programs, target, dirs_exist_ok=True)
        elif word == "USER":
            self.user = rest.strip()
        elif word == "WORKDIR":
            self.folder = rest.strip()
        elif word in ("ENTRYPOINT", "CMD"):
            self.command += json.loads(rest)
        elif word == "HEALTHCHECK":
            self.health = json.loads(rest.split("CMD", 1)[1])
        elif word not in ("VOLUME", "EXPOSE", "STOPSIGNAL"):
            sys.exit(f"What is {word}?")

    def words(self, command):
        """Return a command that runs in the folder, as the user."""
        user, group = self.user.split(":")
        inside = f'cd {shlex.quote(self.folder)} && exec "$@"'
        return [
            *["chroot", str(self.root), "setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"],
            *["sh", "-c", inside, "sh", *command],
        ]

    def run(self, command, **options):
        """Run a command."""
        return subprocess.run(self.words(command), env=self.variables, **options)

    def try_out(self):
        """Run the image's command until it is healthy, ask for a text, and end it."""
        process = subprocess.Popen(self.words(self.command), env=self.variables)
        try:
            while self.run(self.health, stdout=subprocess.DEVNULL).returncode != 0:
                if process.poll() is not None:
                    sys.exit(f"It ended with {process.returncode} before it was healthy.")
                time.sleep(0.2)
            body = json.dumps({"prompt": "My dream is", "max_tokens": 8, "seed": 3}).encode()
            request = urllib.request.Request(
                "http://127.0.0.1:8000/v1/completions", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request) as answer:
                print("healthy, and writes", repr(json.load(answer)["choices"][0]["text"]))
            owner = os.stat(f"/proc/{process.pid}").st_uid
            if owner == 0:
                sys.exit("It runs as root.")
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait()
        print(f"ran as user {owner}, and ended with {status} by SIGTERM")
        return status


def main():
    """Build and try it."""
    image = Image(sys.argv[2], sys.argv[3])
    for word, rest in instructions(sys.argv[1]):
        print(f"{word} {rest[:100]}", flush=True)
        image.take(word, rest)
    sys.exit(image.try_out())


if __name__ == "__main__":
    main()
