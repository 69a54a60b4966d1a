#!/usr/bin/env python3
"""Plants bugs and expects the emulated GPU to name each: bugs/*.cl, whose first lines say how they run.

A file's kernel `bug` runs as it is, in both orders, which must report what `expects` says (patterns: `;` and, `|` or;
one of the orders where `orders: any`); and with -DGOOD, the same without its bug, which must report nothing in both.
"""

import glob
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import harness  # noqa: E402
import program  # noqa: E402
from translator.ptx_types import Unsupported  # noqa: E402


class Bug:
    """A file of bugs/."""

    def __init__(self, path):
        """Reads what its first lines say."""
        self.path, self.name = path, os.path.basename(path)[:-3]
        with open(path) as file:
            text = file.read()
        self.expects = re.search(r"^// expects: (.*)", text, re.M)[1]
        line = re.search(r"^// items: .*", text, re.M)[0]
        self.items = int(re.search(r"items: (\d+)", line)[1])
        self.groups = int((re.search(r"groups: (\d+)", line) or [0, 1])[1])
        self.target = int((re.search(r"target: (\d+)", line) or [0, 90])[1])
        self.any_order = "orders: any" in line
        self.arguments = re.search(r"arguments: (.*?)(?:  |$)", line)[1].split(", ")

    def report(self, options, backward):
        """What a run reports, or why it does not build."""
        try:
            library = harness.Library.of_source(self.path, options, harness.cache_folder(), self.target)
        except (program.BuildFailure, Unsupported) as error:
            return str(error)
        arguments = []
        for text in self.arguments:
            kind, _, size = text.rpartition(" ")
            makers = {"buffer": lambda n: bytearray(n), "local": harness.Local, "": int}
            arguments.append(makers[kind](int(size)))
        return library.run("bug", arguments, (self.groups, 1, 1), (self.items, 1, 1), backward)

    def is_named(self, report):
        """Whether the report is the one that the bug should have."""
        return any(all(re.search(p.strip(), report) for p in way.split(";")) for way in self.expects.split(" | "))


class PlantedBugTests(unittest.TestCase):
    """A test for each file."""


def _test_of(bug):
    def test(self):
        reports = [bug.report("", backward) for backward in (False, True)]
        named = [bug.is_named(report) for report in reports]
        self.assertTrue(
            any(named) if bug.any_order else all(named), f"expected {bug.expects}, got\n" + "\n".join(reports)
        )
        for backward in (False, True):
            self.assertEqual(bug.report("-DGOOD", backward), "", "the same kernel without its bug")

    return test


for found in sorted(glob.glob(HERE + "/bugs/*.cl")):
    setattr(PlantedBugTests, f"test_{os.path.basename(found)[:-3]}", _test_of(Bug(found)))

if __name__ == "__main__":
    unittest.main()
