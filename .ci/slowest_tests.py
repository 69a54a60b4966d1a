#!/usr/bin/env python3
"""Lists the tests that took longest, from the file that 'swift test --xunit-output FILE.xml' leaves as FILE-swift-testing.xml.

usage: slowest_tests.py FILE-swift-testing.xml [COUNT]

Times mean something where one test runs after the other (--no-parallel): else they count the waiting for a thread, too.
"""
import sys
import xml.etree.ElementTree


def main(path, count="10"):
    try:
        cases = xml.etree.ElementTree.parse(path).getroot().iter("testcase")
    except xml.etree.ElementTree.ParseError:
        sys.exit("The tests ended before they had written their times.")
    # A test that is skipped has no time.
    times = [(float(case.get("time") or 0), case.get("classname"), case.get("name")) for case in cases]
    slowest = sorted(times, reverse=True)[: int(count)]
    print(f"The slowest {len(slowest)} of {len(times)} tests take {sum(time for time, _, _ in slowest):.0f} of the "
          f"{sum(time for time, _, _ in times):.0f} seconds of all:")
    for time, suite, name in slowest:
        print(f"{time:8.1f} s  {suite}.{name}")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
