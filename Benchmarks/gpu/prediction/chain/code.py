"""What the instructions of a kernel's PTX are to the model: kinds, latencies, and the arguments that loads read."""

import re
from dataclasses import dataclass

from .operation import AHEAD, BRANCH, COMMIT, COPY, FENCE, LOAD, LOCAL, MOVE, PLAIN, PRODUCT, STORE, WAIT, Operation
from .scheduling import schedule

BYTES = {"8": 1, "16": 2, "32": 4, "64": 8, "128": 16}
SPECIAL = ("div", "rem", "sqrt", "rsqrt", "rcp", "ex2", "lg2", "sin", "cos", "tanh")
WARP = ("shfl", "vote", "redux", "activemask", "match")


@dataclass
class Sums:
    """What a block costs each time that a warp runs it; stores in bytes a lane."""

    instructions: int = 0
    accesses: int = 0
    flop: int = 0
    stores: int = 0


def _sources(entry):
    """For each register the arguments that a pointer in it may be of."""
    places = {p.name: index for index, p in enumerate(entry.parameters) if p.space in ("global", "const")}
    found = {}
    for _ in range(2):  # loops
        for instruction in entry.instructions:
            if instruction.base in ("ld", "ldu") and not instruction.has("param"):
                continue
            written, *read = instruction.operands or [""]
            if instruction.has("param"):
                name = re.match(r"\[([\w$.]+)", read[0]) if read else None
                of = {places[name[1]]} if name and name[1] in places else set()
            else:
                of = set().union(*(found.get(name, set()) for operand in read for name in _names(operand)))
            if of and instruction.base in ("ld", "mov", "cvta", "add", "sub", "mad", "selp", "cvt", "or"):
                for name in _names(written):
                    found.setdefault(name, set()).update(of)
    return found


def _names(operand):
    return re.findall(r"\bR[A-Za-z0-9_]+", operand)


def _width(instruction):
    """Bytes of a lane: the last type's size, times the vector's length."""
    digits = re.sub(r"\D", "", instruction.kind if instruction.types else "32") or "32"
    count = 4 if instruction.has("v4") else 2 if instruction.has("v2") else 1
    return BYTES.get(digits[-3:] if digits in BYTES else digits, 4) * count


def product_flop(instruction):
    """Twice the multiply-adds of mma and wmma.mma by their shape."""
    shape = re.search(r"m(\d+)n(\d+)k(\d+)", instruction.opcode)
    m, n, k = map(int, shape.groups())
    return 2 * m * n * k


def _classify(instruction, sources):
    base, operands = instruction.base, instruction.operands
    guard = [instruction.guard[1]] if instruction.guard else []
    is_store = base in ("st", "red")
    writes = () if is_store or base in ("bra", "bar", "ret") else tuple(_names(operands[0])) if operands else ()
    read_from = operands if is_store or base in ("cp", "bra") else operands[1:]
    if base in ("ld", "ldu", "atom", "ldmatrix"):
        read_from = operands[1:]
    reads = tuple(guard + [name for operand in read_from for name in _names(operand)])

    def argument(operand):
        of = set().union(*(sources.get(name, set()) for name in _names(operand)))
        return of.pop() if len(of) == 1 else -1

    if base == "cp":
        if instruction.has("commit_group"):
            return Operation(COMMIT, (), ())
        if instruction.has("wait_group", "wait_all"):
            left = int(operands[0]) if operands and operands[0].isdigit() else 0
            return Operation(WAIT, (), (), size=left)
        size = int(operands[2]) if operands[2].isdigit() else 16
        return Operation(COPY, reads, (), size=size, argument=argument(operands[1]), accesses=-(-size // 4))
    if base in ("ld", "ldu", "atom", "st", "red"):
        if instruction.has("param"):
            return Operation(PLAIN, reads, writes, "param")
        if instruction.has("shared"):
            # Lanes that load often share addresses; each stores at its own.
            accesses = max(1, _width(instruction) // (4 if is_store else 8))
            return Operation(LOCAL, reads, writes, "local_latency", accesses=accesses)
        if instruction.has("local"):
            return Operation(LOCAL, reads, writes, "l2_latency", accesses=1)
        if instruction.has("const"):
            return Operation(PLAIN, reads, writes, "local_latency")
        where = argument(operands[0] if base in ("st", "red") else operands[1])
        kind = STORE if base in ("st", "red") else LOAD
        return Operation(kind, reads, writes, size=_width(instruction), argument=where)
    if base == "ldmatrix" or (base == "wmma" and instruction.has("load", "store")):
        count = 4 if instruction.has("x4") or base == "wmma" else 2 if instruction.has("x2") else 1
        return Operation(LOCAL, reads, writes, "local_latency", accesses=count)
    if base in ("mma", "wmma"):
        return Operation(PRODUCT, reads, writes, "mma_latency", flop=product_flop(instruction))
    if base in WARP:
        return Operation(PLAIN, reads, writes, "shuffle_latency")
    if base == "bra":
        return Operation(BRANCH, reads, ())
    if base in ("membar", "fence"):
        return Operation(FENCE, (), ())
    if base == "prefetch":
        return Operation(AHEAD, reads, ())
    if base == "mov":
        return Operation(MOVE, reads, writes)
    return Operation(PLAIN, reads, writes, "special_latency" if base in SPECIAL else "alu_latency")


def _sums(operations):
    sums = Sums()
    for operation in operations:
        sums.instructions += operation.latency != "param" and operation.kind != MOVE
        sums.accesses += operation.accesses
        sums.flop += operation.flop
        if operation.kind == STORE:
            sums.stores += operation.size
    return sums


class Code:
    """A kernel's basic blocks as operations; `scale` machine instructions are one of PTX."""

    def __init__(self, blocks, scale=1.0):
        """Takes a list of operations for each block."""
        self.blocks, self.scale = blocks, scale
        self.sums = [_sums(block) for block in blocks]

    @staticmethod
    def of_entry(entry, blocks):
        """From a parsed entry and the blocks that the emulator counts in."""
        sources = _sources(entry)
        operations = ([_classify(instruction, sources) for instruction in block.instructions] for block in blocks)
        return Code([schedule(block) for block in operations])
