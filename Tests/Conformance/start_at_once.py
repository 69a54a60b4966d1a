#!/usr/bin/env python3
"""Starts many processes at once on kernel caches that are empty: the first start of a cluster's job, 64 times.

  start_at_once.py [--binary .build/release/gpt2-gpu] [--processes 8] [--rounds 1] [options of 'gpt2-gpu generate']

All must end with 0 and print one text, that of a process alone; after them, the cache must hold whole programs and
nothing else, from which a last start prints the text without compiling. Exit status 1 where something differs.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time


def start(options, rest, cache):
    """A process whose kernels, and PoCL's, are kept in `cache`."""
    environment = os.environ | {"XDG_CACHE_HOME": cache}
    for name in ("GPT2_GPU_CACHE", "POCL_CACHE_DIR"):
        environment.pop(name, None)
    command = [options.binary, "generate", "My dream is", "--seed", "7", "--max-new-tokens", "3", "--format", "json"]
    return subprocess.Popen(
        command + ["--device", "0"] + rest, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)


def finish(process):
    """Its text, the seconds that it compiled, and what went wrong."""
    output, errors = process.communicate()
    if process.returncode != 0:
        return None, 0, f"ended with {process.returncode}: {errors.strip()}"
    answer = json.loads(output)
    return answer["sequences"][0]["text"], answer["timings"]["compile_s"], None


def problems_of_round(options, rest, wanted):
    """What goes wrong where all start at once on one empty cache."""
    with tempfile.TemporaryDirectory() as cache:
        begin = time.monotonic()
        processes = [start(options, rest, cache) for _ in range(options.processes)]
        results = [finish(process) for process in processes]
        seconds = time.monotonic() - begin
        problems = [problem for *_, problem in results if problem]
        problems += [f"another text: {text}" for text, _, problem in results if not problem and text != wanted]
        folder = f"{cache}/gpt2-gpu"
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        programs = [name for name in names if re.fullmatch(r"[0-9a-f]{1,32}\.bin", name)]
        # The folders of tuning and probes are empty or whole files; what is not whole yet has another name.
        problems += [f"{name} is left" for name in names if name not in programs + ["tuning", "probes"]]
        text, compiling, problem = finish(start(options, rest, cache))
        if problem or text != wanted:
            problems.append(f"a start afterwards: {problem or text}")
        if programs and compiling:
            problems.append(f"a start afterwards compiled for {compiling} s")
        print(
            f"{options.processes} at once: {seconds:.0f} s, {len(programs)} programs kept, {len(problems)} wrong",
            flush=True)
        return problems


def main():
    """Runs the rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/gpt2-gpu")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    options, rest = parser.parse_known_args()
    options.binary = os.path.abspath(options.binary)
    with tempfile.TemporaryDirectory() as cache:
        wanted, _, problem = finish(start(options, rest, cache))
    if problem:
        sys.exit(f"alone: {problem}")
    problems = [text for _ in range(options.rounds) for text in problems_of_round(options, rest, wanted)]
    for problem in problems:
        print(f"  {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
