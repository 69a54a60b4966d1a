#!/usr/bin/env python3
"""Writes programs.zip: every program that the engine builds on an H100, with its options, in the order of their need.

  capture_programs.py PROGRAM OUT.zip

They are captured on a device that only counts (Tests/EmulatedGPU). Behind them come those of tensor cores in the other
forms of their assembly (MMA_FORM in Kernels/simt/mma.h), which that device does not need. Exits with 77 where it cannot
be had.
"""

import os
import re
import subprocess
import sys
import tempfile
import zipfile

EMULATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Tests/EmulatedGPU/run")
BRIEF = ["--device", "0", "--prompt-tokens", "32", "--new-tokens", "3", "--repeat", "1", "--warm-up", "0"]
# What is measured first comes first; drawing needs programs that greedy runs do not.
RUNS = (
    ["--model", "124m", "--precision", "fp16", "--batch", "1,8,64,256", "--greedy"],
    ["--model", "124m", "--precision", "int8", "--batch", "1,8,64,256", "--greedy"],
    ["--model", "1558m", "--precision", "int8", "--batch", "8", "--greedy"],
    ["--model", "124m", "--precision", "fp16,fp32,bf16", "--batch", "1,2,4,8"],
)
MMA, FORMS = "-D DOT_UNIT=5", range(1, 6)  # DOT_MMA of Kernels/common/types.h


def other_forms(folder, names):
    """Return (name, text, options) of the first program of each kernel file and precision, in the other forms."""
    found = {}
    for name in names:
        with open(f"{folder}/{name}") as file, open(f"{folder}/{name[:-3]}.options") as option_file:
            text, options = file.read(), option_file.read().strip()
        if MMA in options and "MMA_FORM=" not in options:
            kind = (text.splitlines()[0], re.search(r"-D WEIGHT_TYPE=\S+|$", options)[0])
            found.setdefault(kind, (name[:-3], text, options))
    return [(f"{n}-form{f}", text, f"{options} -D MMA_FORM={f}") for f in FORMS for n, text, options in found.values()]


def main():
    """The command."""
    program, out = sys.argv[1:]
    names = []
    with tempfile.TemporaryDirectory() as folder:
        for run in RUNS:
            command = [EMULATOR, "--only-sizes", "--but-try", "DOT_UNIT=", "--folder", folder]
            command += ["--", os.path.abspath(program), "bench", "run"]
            done = subprocess.run([*command, *BRIEF, *run], stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                return done.returncode
            found = [name for name in os.listdir(folder + "/programs") if name.endswith(".cl") and name not in names]
            names += sorted(found, key=lambda name: os.path.getmtime(f"{folder}/programs/{name}"))
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for name in names:
                file.write(f"{folder}/programs/{name}", name)
                file.write(f"{folder}/programs/{name[:-3]}.options", name[:-3] + ".options")
            others = other_forms(folder + "/programs", names)
            for name, text, options in others:
                file.writestr(name + ".cl", text)
                file.writestr(name + ".options", options)
    print(f"{out}: {len(names)} programs, and {len(others)} in other forms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
