#!/usr/bin/env python3
"""Measures first starts: with a fresh cache folder, and again with what that left.

  python3 Benchmarks/cold_start.py .build/release/gpt2-gpu [OTHER ...] --rounds 5

For each program and work: seconds to the first byte of standard output and to the return, seconds of processor time
(which others' load changes less), and how many programs the cache folder holds. Medians, and the lowest to the highest.
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

ITEMS = "".join(f'{{"prompt": "My dream is {i}", "max_new_tokens": 40}}\n' for i in range(8))
WORKS = {
    "generate -n 1": ["generate", "My dream is", "-n", "1", "--seed", "3"],
    "generate -n 5": ["generate", "My dream is", "-n", "5", "--seed", "3"],
    "batch, 8 items": ["batch", "--in", "-", "--out", "-", "--seed", "3"],
}


def run(program, arguments, cache):
    """Run once; return seconds to the first byte, to the return, and of processors."""
    # The driver's folder and ours.
    environment = os.environ | {"XDG_CACHE_HOME": cache, "GPT2_GPU_CACHE": "", "POCL_CACHE_DIR": f"{cache}/pocl"}
    pathlib.Path(cache, "pocl").mkdir(parents=True, exist_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with tempfile.TemporaryFile() as items:
        items.write(ITEMS.encode())
        items.seek(0)
        process = subprocess.Popen(
            [program, *arguments], stdin=items, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        process.stdout.read(1)
        first = time.monotonic() - start
        process.stdout.read()
        status = process.wait()
    total = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status != 0:
        raise SystemExit(f"{program} {' '.join(arguments)} ended with {status}")
    return first, total, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def text(values):
    """Format a median and its range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+", help="programs to compare")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, in turn")
    options = parser.parse_args()
    times = {}
    for _ in range(options.rounds):
        for work, arguments in WORKS.items():
            for program in options.programs:
                with tempfile.TemporaryDirectory() as cache:
                    for state in ["cold", "warm"]:
                        found = run(program, arguments, cache)
                        kept = sum(1 for _ in pathlib.Path(cache, "gpt2-gpu").glob("*.bin"))
                        times.setdefault((work, state, program), []).append((*found, kept))
    print("| work | start | program | first byte, s | return, s | processor time, s | programs kept |")
    print("|---|---|---|---|---|---|---|")
    for (work, state, program), runs in times.items():
        columns = list(zip(*runs, strict=True))
        cells = [work, state, program, *map(text, columns[:3]), str(max(columns[3]))]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
