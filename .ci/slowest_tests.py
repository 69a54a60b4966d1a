#!/usr/bin/env python3
"""Lists the tests that took longest, from the files that the tests' --xunit-output leaves.

usage: slowest_tests.py FILE.xml ...

Times mean something where one test runs after the other (--no-parallel): else they count the waiting for a thread, too.
"""
import re
import sys
import xml.etree.ElementTree

COUNT = 10
# What XML may not hold, but messages of tests that failed may.
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def cases_of(path):
    with open(path, "rb") as file:
        return xml.etree.ElementTree.fromstring(CONTROLS.sub(b"?", file.read())).iter("testcase")


def main(paths):
    try:
        cases = [case for path in paths for case in cases_of(path)]
    except (OSError, xml.etree.ElementTree.ParseError):
        sys.exit("The tests ended before they had written their times.")
    # A test that is skipped has no time.
    times = [(float(case.get("time") or 0), case.get("classname"), case.get("name")) for case in cases]
    slowest = sorted(times, reverse=True)[:COUNT]
    print(f"The slowest {len(slowest)} of {len(times)} tests take {sum(time for time, _, _ in slowest):.0f} of the "
          f"{sum(time for time, _, _ in times):.0f} seconds of all:")
    for time, suite, name in slowest:
        print(f"{time:8.1f} s  {suite}.{name}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
