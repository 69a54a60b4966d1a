#!/usr/bin/env python3
"""run.py on machines and with programs that fail: each fault is a sentence, and what was measured is kept."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from measuring import building, drivers, speed  # noqa: E402
from measuring import commands as measuring_commands  # noqa: E402
from measuring.commands import Commands, OutOfTime, first  # noqa: E402
from measuring.parts import FIRST, deadlines  # noqa: E402

LIST = [sys.executable, os.path.dirname(HERE) + "/measuring/opencl.py", "list"]
DEVICES = first(subprocess.run(LIST, capture_output=True, text=True, check=False).stdout, [])
NO_PROGRAMS = "the bundle has no programs.zip: whether each program compiles is not known"


def options(**changes):
    """The options of a run."""
    values = dict(driver=None, device=None, models="124m", batches="1", precisions="fp16", prompt_tokens=8)
    values |= dict(
        new_tokens=8, repeat=1, skip_peers=False, time_limit=60, command_limit=60, program="/bin/true", out="gpu.json"
    )
    values |= dict(caches=None)
    return argparse.Namespace(**{**values, **changes})


class TestCase(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        """Make the folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        quiet = mock.patch("sys.stderr", open(os.devnull, "w"))
        quiet.start()
        self.addCleanup(quiet.stop)

    def commands(self, **changes):
        """The commands of a run whose result is in the folder."""
        changes.setdefault("out", self.folder + "/gpu.json")
        return Commands(options(**changes), self.folder)

    def run_script(self, *words, fake="", environment=None):
        """Run run.py with the fake program; return its exit code, what it prints, and the result."""
        own = {"FAKE": fake, "FAKE_CHILD": self.folder + "/child", **(environment or {})}
        if DEVICES:
            own["FAKE_DEVICE"] = DEVICES[0]["name"]
        command = [sys.executable, os.path.dirname(HERE) + "/run.py", "--program", HERE + "/fake_program.py"]
        command += ["--out", "gpu.json", "--models", "124m", "--batches", "1", "--device", "0", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ | own, capture_output=True, text=True, check=False, timeout=120
        )
        result = None
        if os.path.isfile(self.folder + "/gpu.json"):
            with open(self.folder + "/gpu.json") as file:
                result = json.load(file)
        return done.returncode, done.stdout, result


class DeadlineTests(unittest.TestCase):
    """When each part must be done."""

    def test_first_parts_take_three_minutes_at_most(self):
        """The first parts end at 180 s, the others share the rest in proportion."""
        ends = deadlines([*FIRST, "sweep", "tune"], 600)
        self.assertEqual(ends["driver"], 10)
        self.assertEqual(ends["kernels"], 180)
        self.assertAlmostEqual(ends["sweep"], 180 + 420 * 150 / 210)
        self.assertAlmostEqual(ends["tune"], 600)

    def test_a_short_limit_shortens_all(self):
        """With 100 s the first parts have 60."""
        ends = deadlines([*FIRST, "sweep"], 100)
        self.assertAlmostEqual(ends["kernels"], 60)
        self.assertAlmostEqual(ends["sweep"], 100)

    def test_first_parts_alone(self):
        """Nothing else needs a share."""
        self.assertEqual(deadlines(["driver", "doctor"], 600), {"driver": 10, "doctor": 50})


class DriverTests(TestCase):
    """Finding a driver that the loader does not know."""

    def test_a_folder_without_a_driver(self):
        """It is a problem, whose sentence names the folder."""
        commands = self.commands(driver=self.folder)
        found = drivers.Drivers(commands)
        self.addCleanup(found.close)
        found.prepare()
        self.assertIn(f"--driver {self.folder}: there is no libnvidia-opencl.so.1", commands.result["problems"][0])

    def test_a_found_driver_is_registered_beside_the_known_ones(self):
        """The loader gets a folder that names both."""
        os.makedirs(self.folder + "/driver")
        os.makedirs(self.folder + "/vendors")
        with open(self.folder + "/driver/libnvidia-opencl.so.1", "w") as file:
            file.write("not really")
        with open(self.folder + "/vendors/pocl.icd", "w") as file:
            file.write("libpocl.so.2\n")
        commands = self.commands(driver=self.folder + "/driver")
        commands.environment["OCL_ICD_VENDORS"] = self.folder + "/vendors"
        found = drivers.Drivers(commands)
        self.addCleanup(found.close)
        found.prepare()
        self.assertEqual(
            drivers.registered(commands.environment["OCL_ICD_VENDORS"]),
            [self.folder + "/driver/libnvidia-opencl.so.1", "libpocl.so.2"],
        )
        self.assertIn(self.folder + "/driver", commands.environment["LD_LIBRARY_PATH"].split(":"))

    def test_a_device_without_a_driver(self):
        """The problem says what a container lacks."""
        commands = self.commands()
        with mock.patch.object(drivers, "FOLDERS", ()), mock.patch.object(drivers, "known_folders", lambda: []):
            with mock.patch.object(drivers, "CONTROL", "/dev/null"):
                found = drivers.Drivers(commands)
                self.addCleanup(found.close)
                found.prepare()
        self.assertIn("NVIDIA_DRIVER_CAPABILITIES=compute", commands.result["problems"][0])

    def test_caches_are_of_the_run(self):
        """A home that nobody may write to, or none, is no fault; caches for another run are where they should be."""
        commands = self.commands(caches=self.folder + "/kept")
        for variables in (commands.environment, commands.own_environment):
            variables.update(HOME="/nowhere", CUDA_CACHE_PATH="/nowhere")
        found = drivers.Drivers(commands)
        self.addCleanup(found.close)
        found.set_home()
        self.assertEqual(commands.environment["HOME"], found.scratch)
        self.assertEqual(commands.own_environment["HOME"], found.scratch)
        self.assertEqual(commands.environment["CUDA_CACHE_PATH"], self.folder + "/kept/cuda")
        self.assertEqual(commands.environment["GPT2_GPU_CACHE"], found.scratch + "/cache")

    def test_a_program_that_cannot_be_started(self):
        """It is one problem, not an end."""
        commands = self.commands(program=self.folder + "/nothing")
        found = drivers.Drivers(commands)
        self.addCleanup(found.close)
        found.prepare()
        self.assertIn("cannot be started", commands.result["problems"][0])


class CommandTests(TestCase):
    """Commands that fail."""

    def test_a_crash_names_its_signal(self):
        """And what was printed before is kept."""
        commands = self.commands()
        output = commands.run(["/bin/sh", "-c", "echo before; kill -SEGV $$"])
        self.assertEqual(output, "before\n")
        self.assertIn("ended by SIGSEGV", commands.result["problems"][0])

    def test_lines_are_kept_as_they_come(self):
        """A command that is ended in the middle has given what it printed."""
        commands, lines = self.commands(), []
        commands.run(["/bin/sh", "-c", "echo 1; echo 2; exec sleep 600"], limit=1.5, each=lines.append)
        self.assertEqual(lines, ["1\n", "2\n"])
        self.assertIn("not done in", commands.result["problems"][0])

    def test_a_command_may_say_what_it_has_found(self):
        """It is asked to end before it is ended."""
        script = "trap 'echo rest; exit 143' TERM; sleep 600 & wait"
        with mock.patch.multiple(measuring_commands, GRACE=60, GRACE_SHARE=0.95):
            output = self.commands().run(["/bin/sh", "-c", script], limit=60)
        self.assertEqual(output, "rest\n")

    def test_no_time_left(self):
        """A command is not begun behind the deadline."""
        commands = self.commands(time_limit=0)
        self.assertRaises(OutOfTime, commands.run, ["/bin/true"])

    def test_a_full_disk(self):
        """The result that was written before stays, and the new one is not lost."""
        commands = self.commands()
        commands.problem("one")
        os.symlink("/dev/full", self.folder + "/gpu.json.part")
        commands.problem("two")
        with open(self.folder + "/gpu.json") as file:
            self.assertEqual(json.load(file)["problems"], ["one"])
        self.assertTrue(commands.unwritten)
        self.assertIn("cannot be written: No space left on device", commands.result["problems"][-1])

    def test_no_torch(self):
        """The peers are left out, which is a problem unless it was said."""
        commands = self.commands()
        with mock.patch("importlib.util.find_spec", lambda name: None):
            speed.Speed(commands, "0").peers()
        self.assertIn("this Python has no torch and no transformers", commands.result["problems"][0])
        self.assertEqual(commands.result["commands"], [])


class BuildTests(TestCase):
    """A driver that crashes, hangs or refuses while it builds one program."""

    def build(self, names, limit=None):
        """Build programs of these names with a driver that does what they say; return the commands."""
        with zipfile.ZipFile(self.folder + "/programs.zip", "w") as file:
            for name in names:
                file.writestr(name + ".cl", f'#line 1 "{name}.cl"\n__kernel void f() {{}}\n')
                file.writestr(name + ".options", "-cl-std=CL1.2")
        with open(self.folder + "/fake.py", "w") as file:
            file.write(
                "import json, os, sys, time\n"
                "name = os.path.basename(sys.argv[2])\n"
                "if name == 'crash.cl': os.abort()\n"
                "if name == 'hang.cl': time.sleep(600)\n"
                "status = 'failed' if name == 'refuse.cl' else 'built'\n"
                "log = 'a word\\nan error: a type it does not know'\n"
                "print(json.dumps({'status': status, 'reason': 'error -11', 'log': log}))\n"
            )
        commands, limit = self.commands(time_limit=600), limit or building.LIMIT
        with mock.patch.object(building, "SCRIPT", self.folder + "/fake.py"):
            with mock.patch.object(building, "LIMIT", limit):
                building.Building(commands, 0, self.folder).run()
        return commands

    def test_each_program_is_apart(self):
        """The others are built, and every failure is a sentence."""
        commands = self.build(["built", "crash", "refuse"])
        found = {row["program"]: row["status"] for row in commands.result["builds"]}
        self.assertEqual(found, {"built": "built", "crash": "crashed", "refuse": "failed"})
        problems = "\n".join(commands.result["problems"])
        for text in ("crashed: SIGABRT", "failed: error -11: an error: a type it does not know"):
            self.assertIn(text, problems)
        with zipfile.ZipFile(self.folder + "/gpu-logs.zip") as file:
            self.assertEqual(sorted(file.namelist()), ["built.log", "crash.log", "refuse.log"])
            self.assertIn("a type it does not know", file.read("refuse.log").decode())

    def test_a_program_that_hangs(self):
        """It is ended."""
        commands = self.build(["hang"], limit=2)
        self.assertIn("hung: not built in 2 s", commands.result["problems"][0])

    def test_logs_that_cannot_be_written(self):
        """They are left out, and what was built is known."""
        os.mkdir(self.folder + "/gpu-logs.zip")
        commands = self.build(["built", "refuse"])
        self.assertEqual([row["status"] for row in commands.result["builds"]], ["built", "failed"])
        self.assertEqual(sum("build logs are left out" in text for text in commands.result["problems"]), 1)


@unittest.skipUnless(DEVICES, "there is no OpenCL device")
class ScriptTests(TestCase):
    """The whole script, with a program that is none."""

    def test_all_parts(self):
        """All is well, but that the fake bundle has no programs."""
        code, printed, result = self.run_script("--skip-peers")
        self.assertEqual(result["problems"], [NO_PROGRAMS])
        self.assertEqual(code, 1)
        self.assertTrue(result["doctor"]["right"])
        self.assertEqual([row["precision"] for row in result["correctness"] if "hash" in row], ["fp32", "fp16", "int8"])
        self.assertEqual({row["engine"] for row in result["sweep"]}, {"gpt2-gpu"})
        self.assertIn("| 124m | 1 | 100 | 100 |", printed)
        self.assertIn("no command 'tune'", result["tune"]["status"])
        self.assertIn("fp16: mma.sync.f16: used, form 2, without attention\n  not form 0: its kernel", printed)

    def test_a_crash_in_one_command(self):
        """The others go on."""
        code, _, result = self.run_script("--skip-peers", fake="crash:doctor")
        self.assertEqual(code, 1)
        self.assertIsNone(result["doctor"])
        self.assertIn("ended by SIGSEGV", "\n".join(result["problems"]))
        self.assertTrue(result["sweep"])

    def test_a_probe_that_crashes(self):
        """The devices are asked for again: the program leaves out a probe that has ended it twice."""
        _, _, result = self.run_script("--parts", "devices", fake="twice:devices")
        asked = [row["exit_code"] for row in result["commands"] if " devices" in row["command"]]
        self.assertEqual(asked, [-6, -6, 0])
        self.assertEqual(len(result["devices"]), 2)

    def test_a_command_that_hangs(self):
        """It and its children are ended, and the others go on."""
        code, _, result = self.run_script("--parts", "doctor,limits", "--command-limit", "10", fake="hang:doctor")
        self.assertEqual(code, 1)
        self.assertIn("not done in 10 s", result["problems"][0])
        self.assertIn("bench", [command["command"].split()[1] for command in result["commands"]])
        with open(self.folder + "/child") as file:
            child = int(file.read())
        for _ in range(100):  # init may take a moment to bury it
            if not os.path.exists(f"/proc/{child}") or "Z" in open(f"/proc/{child}/stat").read().split()[2]:
                return
            time.sleep(0.05)
        self.fail(f"process {child} still runs")

    def test_answers_that_are_none(self):
        """What cannot be read is left out."""
        code, _, result = self.run_script("--parts", "doctor,limits", fake="garbage:doctor")
        self.assertIsNone(result["doctor"])
        self.assertTrue(result["machine"]["limits"])

    def test_a_result_that_cannot_be_written(self):
        """It is printed."""
        code, printed, result = self.run_script("--parts", "doctor", "--out", self.folder + "/no folder/gpu.json")
        self.assertEqual(code, 1)
        printed = json.loads(printed.splitlines()[-1])
        self.assertTrue(printed["doctor"]["right"])
        self.assertIn("cannot be written", printed["problems"][0])

    def test_no_such_device(self):
        """The run ends, and says which there are."""
        code, _, result = self.run_script("--device", "nothing like it")
        self.assertEqual(code, 1)
        self.assertIn("no device nothing like it; there are: 0 (", result["problems"][0])

    def test_no_device_at_all(self):
        """The same where the loader knows no driver."""
        code, _, result = self.run_script(environment={"OCL_ICD_VENDORS": self.folder})
        self.assertEqual(code, 1)
        self.assertIn("there are: none", result["problems"][0])


if __name__ == "__main__":
    unittest.main()
