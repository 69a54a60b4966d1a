#!/usr/bin/env python3
"""Makes one call after the other fail, of OpenCL or of the system, in runs of generate, batch, score and bench.

  fail_calls.py opencl|files|room [--binary PROGRAM] [--step N] [--first N] [--jobs 2]
                [--works generate,batch,score,bench] [--status NUMBER] [--cold] [--timeout 120]
                [options of all commands]

opencl, files: in run N the Nth call fails, until a run has no Nth call. room: bytes 0, 1, 2, … are all the disk
takes, until the work fits. --step N tries every Nth. A run must end with 0 and what an undisturbed one prints,
or with one of the codes of README and a sentence; no buffer of the device may stay; and a batch must, continued
without a fault, have every line of an undisturbed one. --cold: each run keeps its kernels in an empty folder of its
own, from which the next must print the same; one without room for them must say so. Exit status 1 where something
differs. Needs gcc.

The program is .build/release/gpt2-gpu; for files .build/tests/debug/gpt2-gpu, which has Swift's runtime in libraries:
their own allocations, which have no way to fail but to end the program, are left alone.
"""

import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OPENCL_STATUSES = {"shortage": -4, "resources": -5, "queue": -36}
SMALL = ["--seed", "7", "--max-new-tokens", "3"]
ITEMS = [
    {"id": "a", "prompt": "My dream is"},
    {"id": "b", "prompt": [531, 1481], "n": 2},
    {"id": "c", "prompt": 7},
    {"id": "d", "prompt": "So", "greedy": True},
]
# What an exit code of each may be, beside 0: some of the work, the model's files, the device, no room.
CODES = {"opencl": {3, 5}, "files": {1, 2, 3, 4, 5, 6}, "room": {6}}


class Work:
    """A command, and what it writes where nothing fails."""

    def __init__(self, name, options, rest, folder):
        """Runs it undisturbed."""
        self.name, self.options, self.rest, self.folder = name, options, rest, folder
        with open(f"{folder}/items.jsonl", "w") as file:
            file.writelines(json.dumps(item) + "\n" for item in ITEMS)
        with open(f"{folder}/text", "w") as file:
            file.write("My dream is a long one. " * 8)
        # Twice: the first may compile kernels.
        for _ in range(2):
            status, self.wanted, errors, _ = self.run(0, 0, self.place("undisturbed"))
        if status != (3 if name == "batch" else 0):
            sys.exit(f"undisturbed, {name} ended with {status}: {errors}")

    def place(self, name):
        """An empty folder for the results of a run."""
        place = f"{self.folder}/{self.name}-{name}"
        shutil.rmtree(place, ignore_errors=True)
        os.mkdir(place)
        return place

    def command(self, place):
        """The command line."""
        rest = {
            "generate": ["My dream is", "-n", "2", *SMALL],
            "batch": ["--in", f"{self.folder}/items.jsonl", "--out", f"{place}/out", *SMALL, "--resume"],
            "score": ["--file", f"{self.folder}/text", "--stride", "16", "--format", "json"],
            "bench": "--batch 1 --prompt-tokens 4 --new-tokens 2 --repeat 1 --warm-up 0 --format json".split(),
        }[self.name]
        return [self.options.binary, self.name, "--device", "0", *rest, *self.rest]

    def run(self, number, status, place):
        """Exit status, what was written, errors, and the report of a run in which call `number` fails."""
        report = f"{place}/report"
        environment = os.environ | {"LD_PRELOAD": self.options.library, "FAIL_REPORT": report}
        if self.options.cold:
            environment["GPT2_GPU_CACHE"] = f"{place}/cache"
        if self.options.calls == "room":
            environment |= {"FAIL_ROOM": str(number - 1)} if number else {}
        else:
            environment |= {"FAIL_CALLS": self.options.calls, "FAIL_NUMBER": str(number), "FAIL_STATUS": str(status)}
        try:
            process = subprocess.run(
                self.command(place), env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=self.options.timeout
            )
        except subprocess.TimeoutExpired:
            return "a hang", "", "", None
        output = process.stdout.decode()
        if self.name == "batch":
            output = sorted(open(f"{place}/out").read().splitlines()) if os.path.exists(f"{place}/out") else []
        elif self.name == "bench" and process.returncode == 0:
            output = [row["hash"] for row in json.loads(output)["rows"]]
        facts = open(report).read().split() if os.path.exists(report) else None
        return process.returncode, output, process.stderr.decode(errors="replace"), facts

    def attempt(self, number, status):
        """What is wrong where call `number` fails, the routine, the exit status; None where there is no such call."""
        place = self.place(str(number))
        code, output, errors, facts = self.run(number, status, place)
        routine = facts[1] if facts else "?"
        if routine == "-":
            shutil.rmtree(place)
            return None
        problems = []
        done = 3 if self.name == "batch" else 0
        lines = [line for line in errors.splitlines() if line]
        if code == done and (self.name != "batch" or len(output) == len(self.wanted)):
            # A batch may have failed items, which say so: those of a device that was lost.
            if output != self.wanted and self.name != "batch":
                problems.append(f"another result: {output}")
            if self.options.cold and self.options.calls == "room" and "no room to keep" not in errors:
                problems.append("not a word of kernels that are not kept")
        elif code not in CODES[self.options.calls]:
            problems.append(f"ended with {code}")
        if code != 0 and not any(line.startswith("gpt2-gpu: ") for line in lines) and self.name != "bench":
            problems.append("no sentence")
        if any("internal error" in line for line in lines):
            problems.append("an internal error")
        if facts and facts[2] != "0" and self.options.calls == "opencl":
            problems.append(f"{facts[2]} bytes of buffers are left")
        if self.name == "batch":
            again, output, more, _ = self.run(0, 0, place)
            if again == 2 and "--retry-errors" in more or any('"error"' in line for line in output):
                self.rest.append("--retry-errors")
                again, output, more, _ = self.run(0, 0, place)
                self.rest.remove("--retry-errors")
            if again != 3 or output != self.wanted:
                problems.append(f"continued: {again}, {len(output)} of {len(self.wanted)} lines: {more}")
        if self.options.cold:
            kept = os.listdir(f"{place}/cache") if os.path.isdir(f"{place}/cache") else []
            problems += [f"half a file is kept: {name}" for name in kept if name.startswith(".dat.nosync")]
            if self.name != "batch":
                again, output, more, _ = self.run(0, 0, place)
                if again != done or output != self.wanted:
                    problems.append(f"from what was kept: {again}, {output}: {more}")
        shutil.rmtree(place)
        return [f"{problem} ({errors.strip()})" for problem in problems], routine, code


def sweep(work, status):
    """Tries one call after the other; returns the number of those that went wrong."""
    options = work.options
    ends, wrong = collections.Counter(), 0
    numbers = itertools.count(options.first, options.step)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        done = False
        while not done:
            chunk = list(itertools.islice(numbers, options.jobs * 8))
            for number, result in zip(chunk, pool.map(lambda number: work.attempt(number, status), chunk)):
                if result is None:
                    done = True
                    continue
                problems, routine, code = result
                ends[code] += 1
                for problem in problems:
                    wrong += 1
                    print(f"  {work.name}, call {number}, {routine}, status {status}: {problem}", flush=True)
    codes = ", ".join(f"{times} × {code}" for code, times in sorted(ends.items(), key=str))
    count = sum(ends.values())
    print(f"{work.name}, status {status}: {count} calls failed, ended with {codes}; {wrong} wrong", flush=True)
    return wrong


def main():
    """Runs the sweeps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", choices=["opencl", "files", "room"])
    parser.add_argument("--binary")
    parser.add_argument("--works")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--status", type=int)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--timeout", type=int, default=120, help="seconds after which a run hangs")
    options, rest = parser.parse_known_args()
    default = ".build/tests/debug/gpt2-gpu" if options.calls == "files" else ".build/release/gpt2-gpu"
    options.binary = os.path.abspath(options.binary or default)
    if os.path.basename(options.binary) != "gpt2-gpu":
        parser.error("calls fail only in a program that is named gpt2-gpu: copy or link it under that name")
    libraries = subprocess.run(["ldd", options.binary], capture_output=True, text=True, check=True).stdout
    if options.calls == "files" and "libswiftCore" not in libraries:
        parser.error(f"{options.binary} has Swift's runtime inside: take the program that 'swift build' makes")
    works = options.works or ("batch" if options.calls == "room" else "generate,batch,score,bench")
    with tempfile.TemporaryDirectory() as folder:
        options.library = f"{folder}/fail_calls.so"
        build = ["gcc", "-O1", "-shared", "-fPIC", "-o", options.library, f"{HERE}/fail_calls.c"]
        subprocess.run(build, check=True)
        statuses = {"opencl": OPENCL_STATUSES.values(), "files": [5, 28], "room": [28]}[options.calls]
        if options.status is not None:
            statuses = [options.status]
        wrong = 0
        for name in works.split(","):
            work = Work(name, options, rest, folder)
            wrong += sum(sweep(work, status) for status in statuses)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
