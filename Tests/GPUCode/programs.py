"""The programs that an engine builds and the launches that it makes, as captured at its OpenCL calls."""

import glob
import math
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Every precision, the heights of decoding, a prompt; and the longest rows there are, one and many.
RUNS = [
    ["--model", "124m", "--precision", "fp32,fp16,bf16,int8,int4", "--batch", "1,2,4,8"],
    ["--model", "1558m", "--precision", "int8", "--batch", "8"],
    ["--model", "1558m", "--precision", "fp16,bf16", "--batch", "1", "--prompt-tokens", "512"],
]
BRIEF = ["--device", "0", "--prompt-tokens", "32", "--new-tokens", "3", "--repeat", "1", "--warm-up", "0"]
NAMES = {"WEIGHT_TYPE": {"32": "fp32", "16": "fp16", "17": "bf16", "8": "int8", "4": "int4"}}
# The devices that count (../EmulatedGPU/devices), and the targets that what is built on each is compiled for: what a
# V100 needs, without tensor cores, for the oldest GPU that NVIDIA's tools still know; an RX 6900 has no matrix units.
DEVICES = {
    "h100": ("sm_80", "sm_90"),
    "t4": ("sm_75",),
    "v100": ("sm_75",),
    "rx7900": ("gfx1100",),
    "rx6900": ("gfx1030", "spirv"),
    "arc": ("dg2",),
}


class Program:
    """A source with its options, and the most local memory of arguments and items of a group that its launches have."""

    def __init__(self, path, targets=()):
        """Reads a captured program."""
        self.targets, self.launches = targets, {}
        self.path, self.hash = path, os.path.basename(path)[:-3]
        with open(path) as file:
            self.text = file.read()
        with open(path[:-3] + ".options") as file:
            options = shlex.split(file.read())
        self.options = [word for word in options if not word.startswith("-cl-nv-")]
        limits = [word.split("=")[1] for word in options if word.startswith("-cl-nv-maxrregcount=")]
        self.registers = limits[0] if limits else None  # the most of a work-item on NVIDIA's GPUs
        self.kernels = re.findall(r"__kernel\b[^{;]*?\bvoid\s+(\w+)\s*\(", self.text)
        joined = " ".join(self.options).replace("-D ", "-D").split()
        words = dict(word[2:].split("=", 1) for word in joined if word.startswith("-D") and "=" in word)
        self.label = " ".join(f"{key}={NAMES.get(key, {}).get(value, value)}" for key, value in sorted(words.items()))


def capture(engine, folder, targets):
    """Runs the engine on the targets' devices, which count: what it builds and launches is in the folder then."""
    for device in (device for device, own in DEVICES.items() if set(own) & set(targets)):
        skipped = _capture(engine, device, f"{folder}/{device}")
        if skipped:
            return skipped
    return None


def _capture(engine, device, folder):
    launches = folder + "/launches.tsv"
    if os.path.exists(launches):
        os.remove(launches)
    for path in glob.glob(folder + "/programs/*"):
        os.remove(path)
    for run in RUNS:
        emulator = os.path.join(HERE, "../EmulatedGPU/run")
        command = [emulator, "--device-is", device, "--only-sizes", "--but-try", "DOT_UNIT=", "--folder", folder]
        command += ["--launches", launches, "--", engine, "bench", "run"]
        done = subprocess.run(
            [*command, *BRIEF, *run], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode == 77:
            return done.stdout.strip()
        if done.returncode:
            print(done.stdout[-2000:], file=sys.stderr)
            raise SystemExit(f"'{' '.join([engine, 'bench', 'run', *BRIEF, *run])}' failed on the counting {device}")
    return None


def captured(folder, targets):
    """The programs of the targets' devices, with their launches."""
    found = {}  # of devices of one target, the first
    for device, own in DEVICES.items():
        for program in _captured(f"{folder}/{device}", own) if set(own) & set(targets) else ():
            found.setdefault((program.hash, own), program)
    return list(found.values())


def _captured(folder, targets):
    programs = [Program(path, targets) for path in sorted(glob.glob(folder + "/programs/*.cl"))]
    by_hash = {program.hash: program for program in programs}
    with open(folder + "/launches.tsv") as file:
        for line in file:
            name, kernel, _, items, local, _ = line.rstrip("\n").split("\t")
            if name not in by_hash:
                continue  # the host reads
            launches = by_hash[name].launches
            before = launches.get(kernel, (0, 0))
            launches[kernel] = (max(before[0], int(local)), max(before[1], math.prod(map(int, items.split(",")))))
    return programs
