"""The launches of a real run of the engine, captured on the emulated GPU, in steps that end where the host reads."""

import json
import math
import os
import re
import subprocess
import sys
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(HERE + "/../../..")
EMULATOR, COMPILERS = ROOT + "/Tests/EmulatedGPU", ROOT + "/Tests/GPUCode"
sys.path[:0] = [EMULATOR, COMPILERS]
BRIEF = ["--device", "0", "--repeat", "1", "--warm-up", "0", "--greedy"]


class Failure(Exception):
    """Why there is no capture, in words for a person."""


@dataclass(frozen=True)
class Launch:
    """A launch: `arguments` as the emulator describes them, `key` the name of its trace."""

    program: str
    kernel: str
    work: tuple
    items: tuple
    local: int
    arguments: tuple
    key: str

    @property
    def group_size(self):
        """Work-items of a work-group."""
        return math.prod(self.items)

    @property
    def grid(self):
        """Work-groups of each dimension."""
        return [work // items for work, items in zip(self.work, self.items)]

    @property
    def groups(self):
        """Work-groups."""
        return math.prod(self.work) // self.group_size

    def buffer(self, index):
        """The size of the buffer of an argument; 0 where it is none."""
        kind, _, value = self.arguments[index].partition(":") if index < len(self.arguments) else ("", "", "")
        return int(value) if kind == "buffer" else 0

    def integer(self, index):
        """The value of an argument of 4 bytes."""
        kind, _, value = self.arguments[index].partition(":")
        return int.from_bytes(bytes.fromhex(value), "little", signed=True) if kind == "value" else 0


def trace_name(line):
    """The name that the emulator gives a launch's trace: FNV-1a of its line, from 0."""
    value = 0
    for byte in line.encode():
        value = (value ^ byte) * 1099511628211 % 2**64
    return f"{value:016x}"


def parse_launch(line):
    """The launch of a line."""
    program, kernel, work, items, local, arguments = line.rstrip("\n").split("\t")
    sizes = [tuple(map(int, part.split(","))) for part in (work, items)]
    return Launch(program, kernel, *sizes, int(local), tuple(arguments.split(" ")), trace_name(line))


def split_steps(lines):
    """The launches between two reads of the host: what was loaded first, then a list a step."""
    steps = [[]]
    for line in lines:
        if line.startswith("read\t"):
            steps.append([])
        else:
            steps[-1].append(parse_launch(line))
    return [step for step in steps if step]


def without_loading(steps):
    """The steps of a model alone: what probes units, packs weights and measures limits comes before the first one.

    Every step begins as the last one, which decodes, with the embedding.
    """
    if not steps:
        return []
    begin, found = steps[-1][0].kernel, []
    for step in steps:
        starts = [index for index, launch in enumerate(step) if launch.kernel == begin]
        if starts and len(step) - starts[-1] > 3:
            found.append(step[starts[-1] :])
    return found


def find_period(keys):
    """The length of the pattern that repeats longest in a row, its start, and how often: the layers of a step."""
    best = (0, 0, 0)
    for period in range(1, len(keys) // 2 + 1):
        start = 0
        while start + 2 * period <= len(keys):
            count = 1
            while keys[start : start + period] == keys[start + count * period : start + (count + 1) * period]:
                count += 1
            if count > 1 and count * period > best[0] * best[2]:
                best = (period, start, count)
            start += 1 if count == 1 else count * period
    return best


def with_layers(step, more):
    """A step as if its model had so many more layers: one in the middle of those that are alike stands for them."""
    period, start, count = find_period([(launch.program, launch.kernel, launch.work) for launch in step])
    if not more or not count:
        return step
    middle = start + count // 2 * period
    return step[:middle] + step[middle : middle + period] * more + step[middle:]


def parameter_names(source, kernel):
    """The names of a kernel's parameters in OpenCL C."""
    found = re.search(rf"__kernel\b[^{{;]*?\bvoid\s+{kernel}\s*\(([^)]*)\)", source)
    return [re.findall(r"\w+", part)[-1] for part in found[1].split(",")] if found else []


def layers_of(folder):
    """The layers of a folder's model."""
    try:
        with open(folder + "/config.json") as file:
            return json.load(file)["n_layer"]
    except (OSError, KeyError, ValueError) as error:
        raise Failure(f"{folder}: no model whose layers can be counted: {error}") from error


def capture(program, folder, model, precision, batch, prompt, source="", again=True):
    """Runs `bench` on the emulated GPU, which runs four groups of each kind of launch; gives the steps.

    The model is that of a `source` folder, where one is given. Where `again` is false, the last time's steps are taken.
    """
    os.makedirs(folder, exist_ok=True)
    launches = f"{folder}/{model}-{precision}-{batch}-{prompt}.tsv"
    if again:
        _run(program, folder, launches, source or model, precision, batch, prompt)
    try:
        with open(launches) as file:
            steps = split_steps(file)
    except OSError as error:
        raise Failure(f"{launches}: {error.strerror}") from error
    steps = without_loading(steps)
    if len(steps) < 2:
        raise Failure(f"the run of {model} has {len(steps)} steps; two or more were expected")
    return steps


def _run(program, folder, launches, model, precision, batch, prompt):
    if os.path.exists(launches):
        os.remove(launches)
    # So many that all sequences decode together for some steps: prompts are taken some hundred tokens a step.
    new = 4 + batch * prompt // 512
    words = [
        "--new-tokens",
        str(new),
        "--model",
        model,
        "--precision",
        precision,
        "--batch",
        str(batch),
        "--prompt-tokens",
        str(prompt),
    ]
    command = [
        sys.executable,
        EMULATOR + "/run",
        "--traces",
        folder + "/traces",
        "--but-try",
        "DOT_UNIT=",
        "--folder",
        folder,
    ]
    command += ["--launches", launches, "--", program, "bench", "run", *BRIEF, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode not in (0, 70):
        raise Failure(f"'{' '.join(command[-20:])}' failed: {done.stdout[-1500:]}")
