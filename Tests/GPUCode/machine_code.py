"""Counts in NVIDIA's machine code (nvdisasm): the bytes of global memory that a work-item has under way in a loop."""

import re
from dataclasses import dataclass

STORES = ("ST", "STG", "STS", "STL", "RED", "ATOM", "ATOMG")
SIZES = ((".128", 16), (".64", 8), (".U16", 2), (".S16", 2), (".U8", 1), (".S8", 1))


@dataclass
class Loop:
    """An innermost loop: its length, the bytes it loads in a trip, and the most of them that are under way at once."""

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


def main_loops(disassembly):
    """For each kernel the innermost loop that loads most; None where none loads."""
    result = {}
    for name, (instructions, labels) in _functions(disassembly).items():
        spans = []
        for end, (opcode, operands) in enumerate(instructions):
            target = re.search(r"`\((\.L_x_\d+)\)", operands)
            if opcode.startswith("BRA") and target and labels.get(target[1], end + 1) <= end:
                spans.append((labels[target[1]], end))
        inner = [s for s in spans if not any(o != s and s[0] <= o[0] and o[1] <= s[1] for o in spans)]
        loops = []
        for start, end in inner:
            body = instructions[start : end + 1]
            loaded = sum(_size(opcode) for opcode, _ in body if opcode.split(".")[0] in ("LDG", "LD"))
            loops.append(Loop(len(body), loaded, _under_way(body)))
        result[name] = max((loop for loop in loops if loop.loaded), key=lambda loop: loop.loaded, default=None)
    return result
