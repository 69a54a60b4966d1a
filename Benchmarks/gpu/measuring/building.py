"""Whether the driver compiles every program of the engine: each in a process of its own, since a driver may crash."""

import collections
import concurrent.futures
import json
import os
import re
import sys
import zipfile

from .commands import Child, first, signal_name

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "opencl.py")
LIMIT = 40  # seconds of one program


class Building:
    """The part that builds the programs of the bundle, which the engine was captured with."""

    def __init__(self, commands, device, scratch):
        """Take the number of the device."""
        self.commands, self.device, self.scratch = commands, device, scratch
        self.logs = os.path.splitext(commands.options.out)[0] + "-logs"

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
        try:
            os.makedirs(self.logs, exist_ok=True)
        except OSError as error:
            self.commands.problem(f"{self.logs} cannot be made: {error.strerror}; build logs are left out")
            self.logs = None
        rows = self.commands.result["builds"]
        # What is built without a word more is found in the driver's cache when the program asks for it.
        with concurrent.futures.ThreadPoolExecutor(max(1, min(8, len(os.sched_getaffinity(0))))) as pool:
            rows.extend(pool.map(self.build, paths))
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
        binary = f"{self.logs or self.scratch}/{name}.binary"
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
        if self.logs:
            try:
                with open(f"{self.logs}/{name}{''.join(options)}.log", "w") as file:
                    texts = (source_name(path), json.dumps(found, indent=1), found.get("log", ""), child.errors)
                    file.write("\n".join(texts))
            except OSError:
                pass  # the result says that its folder is full
        if found["status"] == "built" and not options:
            found.pop("log", None)
        return found

    def report(self, rows):
        """Say what does not compile, one sentence for each reason."""
        failed = collections.defaultdict(list)
        for row in rows:
            if row["status"] != "built":
                failed[row["status"], str(row.get("reason", "")).split(":")[0]].append(row)
        for (status, _), group in failed.items():
            reason = " ".join(str(group[0].get("reason", "")).split())[:200]
            example = " ".join(group[0][key] for key in ("program", "source", "options"))
            self.commands.problem(f"{len(group)} of {len(rows)} programs: {status}: {reason}; such as {example}")


def source_name(path):
    """Return the name of the kernel file that a program was made of."""
    with open(path, errors="replace") as file:
        found = re.match(r'#line 1 "([^"]+)"', file.readline())
    return found[1] if found else os.path.basename(path)
