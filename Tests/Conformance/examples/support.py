"""What the tests of the recipes in Examples share: items, their texts by one undisturbed process, and sudden ends.

The program is .build/release/gpt2-gpu, else that of GPT2_GPU.
"""

import glob
import importlib.util
import json
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
EXAMPLES = os.path.join(ROOT, "Examples")
PROGRAM = os.path.abspath(os.environ.get("GPT2_GPU", os.path.join(ROOT, ".build/release/gpt2-gpu")))
OPTIONS = ["--seed", "7", "--batch-size", "8"]
COUNT = 500


def items():
    """The items: short and long, some with options of their own."""
    for number in range(COUNT):
        item = {"id": f"é {number}", "prompt": f"My dream of {number} is", "max_new_tokens": 10 + number * 7 % 40}
        yield item | ({"temperature": 0.7} if number % 3 == 0 else {}) | ({"n": 2} if number % 50 == 0 else {})


class RecipeTests(unittest.TestCase):
    """A folder with prompts.jsonl, and the processes that a recipe starts."""

    wanted = None

    @classmethod
    def setUpClass(cls):
        """Writes the items once with one process that nobody disturbs."""
        if RecipeTests.wanted is None:
            with tempfile.TemporaryDirectory() as folder:
                write_items(folder + "/in")
                command = [PROGRAM, "batch", "--in", folder + "/in", "--out", folder + "/out", "--ordered", *OPTIONS]
                subprocess.run(command, check=True, capture_output=True)
                with open(folder + "/out", "rb") as file:
                    RecipeTests.wanted = file.read()

    def setUp(self):
        """Makes the folder, and an environment by which everything can be found that is started in it."""
        temporary = tempfile.TemporaryDirectory(prefix="gpt2-gpu-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        write_items(self.path("prompts.jsonl"))
        self.started = []
        self.mark = "GPT2_GPU_TEST=" + secrets.token_hex(8)
        name, value = self.mark.split("=")
        paths = [os.path.dirname(PROGRAM), os.path.dirname(sys.executable), os.environ["PATH"]]
        self.environment = os.environ | {name: value, "PATH": ":".join(paths)}
        self.addCleanup(self.kill_all)

    def path(self, name):
        """A file in the folder."""
        return os.path.join(self.folder, name)

    def start(self, *command):
        """Starts a recipe in the folder; its output goes to the file log."""
        with open(self.path("log"), "ab") as log:
            places = {"cwd": self.folder, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self.started.append(subprocess.Popen(command, env=self.environment, **places))
        return self.started[-1]

    def finish(self, process, status=0):
        """Waits for a recipe's end."""
        self.assertEqual(process.wait(), status, self.log())

    def await_line(self, process, pattern):
        """Waits until a process has said something; returns the first group of it."""
        while not (found := re.search(pattern, self.log())):
            self.assertIsNone(process.poll(), self.log())
            time.sleep(0.05)
        return found[1]

    def program(self, script=None):
        """Has the recipe's functions, called here, find the program, or a script in its place."""
        if script:
            with open(self.path("gpt2-gpu"), "w") as file:
                file.write("#!/bin/sh\n" + script)
            os.chmod(self.path("gpt2-gpu"), 0o755)
        folder = self.folder if script else os.path.dirname(PROGRAM)
        found = unittest.mock.patch.dict(os.environ, {"PATH": f"{folder}:{os.environ['PATH']}"})
        found.start()
        self.addCleanup(found.stop)

    def log(self):
        """What the recipe said, for messages."""
        with open(self.path("log"), errors="replace") as file:
            return file.read()[-4000:]

    def processes(self):
        """The processes that the recipe has started, wherever they are now."""
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                with open(path, "rb") as file:
                    if self.mark.encode() in file.read().split(b"\0"):
                        yield int(path.split("/")[2])
            except OSError:
                pass  # it has ended

    def workers(self):
        """Those of them that are the program, and how many bytes each has written."""
        for process in self.processes():
            try:
                if os.readlink(f"/proc/{process}/exe") == os.path.realpath(PROGRAM):
                    with open(f"/proc/{process}/io") as file:
                        yield process, int(file.read().split("wchar: ")[1].split()[0])
            except OSError:
                pass

    def hit(self, recipe, number=signal.SIGKILL, but=()):
        """Sends a signal to a worker in the middle of its work, at a random moment; returns the worker.

        By the time that it comes the worker could have ended, so it is stopped before that is looked at.
        """
        written = random.randint(1000, 6000)
        while recipe.poll() is None:
            found = [process for process, count in self.workers() if count > written and process not in but]
            random.shuffle(found)
            for worker in found:
                if stop(worker):
                    os.kill(worker, number)
                    if number not in (signal.SIGSTOP, signal.SIGKILL):  # after the last there is nothing to go on
                        os.kill(worker, signal.SIGCONT)
                    return worker
            time.sleep(0.01)
        self.fail(f"it was over before a worker had written {written} bytes: {self.log()}")

    def kill_all(self):
        """Leaves nothing behind."""
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.started:
            process.wait()

    def check_file(self, name="texts.jsonl"):
        """Compares merged results with the undisturbed ones, byte for byte."""
        with open(self.path(name), "rb") as file:
            self.assertEqual(file.read(), self.wanted)

    def check_rows(self, rows):
        """Compares the rows of a table with the undisturbed results."""
        names = ["id", "text", "tokens", "finish_reason"]
        results = map(json.loads, self.wanted.splitlines())
        others = {"sequences": None, "error": None}
        wanted = [
            others | {name: result[name] for name in [*names, "sequences"] if name in result} for result in results
        ]
        self.assertEqual(sorted(rows, key=lambda row: row["id"]), sorted(wanted, key=lambda row: row["id"]))


def stop(process):
    """Has a process stand still; returns whether it does, rather than having ended."""
    try:
        os.kill(process, signal.SIGSTOP)
        while True:
            states = set()
            for path in glob.glob(f"/proc/{process}/task/*/stat"):
                with open(path) as file:
                    states.add(file.read().rsplit(")", 1)[1].split()[0])
            if states <= {"T"} or states & {"Z", "X"}:
                return states == {"T"}
            time.sleep(0.001)
    except OSError:
        return False  # it has ended


def load(recipe):
    """The module that a recipe in Python is."""
    found = importlib.util.spec_from_file_location("recipe", os.path.join(EXAMPLES, recipe))
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def write_items(path):
    """Writes the items as JSON Lines."""
    with open(path, "w") as file:
        file.writelines(json.dumps(item) + "\n" for item in items())
