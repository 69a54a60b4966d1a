"""Counts in NVIDIA's machine code (nvdisasm): the bytes of global memory that a work-item has under way in a loop."""

import re
from dataclasses import dataclass

STORES = ("ST", "STG", "STS", "STL", "RED", "ATOM", "ATOMG")
MULTIPLIES = ("FFMA", "FFMA2", "HFMA2", "IMAD", "IDP", "IDP4A", "HMMA", "IMMA")
SIZES = ((".128", 16), (".64", 8), (".U16", 2), (".S16", 2), (".U8", 1), (".S8", 1))


@dataclass
class Loop:
    """A loop without the loops in it: its length, the bytes of a trip, and the most of them under way at once."""

    instructions: int
    loaded: int
    under_way: int


def _size(opcode):
    return next((size for part, size in SIZES if part in opcode), 4)


def _functions(text):
    """The instructions of each kernel, and the places of its labels."""
    functions, name = {}, None
    for line in text.splitlines():
        if found := re.match(r"\s*\.text\.(\w+):", line):
            name = found[1]
            functions[name] = ([], {})
        elif name and (found := re.match(r"(\.L_x_\d+):", line)):
            functions[name][1][found[1]] = len(functions[name][0])
        elif name and (found := re.match(r"\s*/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)\s*(.*?);", line)):
            functions[name][0].append((found[1], found[2]))
    return functions


def _under_way(body):
    """A load is under way until its registers are read; those before it have come back then too."""
    live, most = {}, 0
    for place, (opcode, operands) in enumerate(body * 2):  # the second trip begins with what the first left
        base, parts = opcode.split(".")[0], [part.strip() for part in operands.split(",")]
        sources = ",".join(parts if base in STORES else parts[1:])
        read = {int(register) for register in re.findall(r"\bR(\d+)\b", sources)}
        returned = max((at for registers, at, _ in live.values() if read & registers), default=-1)
        live = {first: load for first, load in live.items() if load[1] > returned}
        target = re.match(r"R(\d+)", parts[0])
        if base in ("LDG", "LD") and target:
            size, first = _size(opcode), int(target[1])
            live[first] = (set(range(first, first + max(1, size // 4))), place, size)
            most = max(most, sum(size for _, _, size in live.values()))
    return most


def _copies_under_way(body):
    """Copies to local memory go in groups: those that a wait leaves under way, and the one that it waits for."""
    copied = sum(_size(opcode) for opcode, _ in body if opcode.startswith("LDGSTS"))
    groups = sum(opcode == "LDGDEPBAR" for opcode, _ in body)
    left = [int(operands.split(",")[1], 16) for opcode, operands in body if opcode.startswith("DEPBAR.LE")]
    return copied // groups * (max(left) + 1) if groups and left else 0


def main_loops(disassembly):
    """For each kernel the loop with wide loads that multiplies most: what streams weights; None where none loads."""
    result = {}
    for name, (instructions, labels) in _functions(disassembly).items():
        spans = []
        for end, (opcode, operands) in enumerate(instructions):
            target = re.search(r"`\((\.L_x_\d+)\)", operands)
            if opcode.startswith("BRA") and target and labels.get(target[1], end + 1) <= end:
                spans.append((labels[target[1]], end))
        loops = []
        for start, end in spans:
            inner = [o for o in spans if o != (start, end) and start <= o[0] and o[1] <= end]
            own = [instructions[i] for i in range(start, end + 1) if not any(o[0] <= i <= o[1] for o in inner)]
            sizes = [_size(opcode) for opcode, _ in own if opcode.split(".")[0] in ("LDG", "LD", "LDGSTS")]
            multiplies = sum(opcode.split(".")[0] in MULTIPLIES for opcode, _ in own)
            key = (any(size >= 8 for size in sizes), multiplies, sum(sizes))
            body = instructions[start : end + 1]
            loops.append((key, Loop(len(own), sum(sizes), _copies_under_way(body) or _under_way(body))))
        loops = [(key, loop) for key, loop in loops if loop.loaded]
        result[name] = max(loops, key=lambda pair: pair[0])[1] if loops else None
    return result
