"""Basic blocks: where lanes of a warp may part and meet, and what ends or begins a block."""

from dataclasses import dataclass, field

from .ptx_types import Unsupported
from .warp_operations import is_collective, is_warp_barrier, member_mask

ENDS = ("bra", "ret", "exit", "trap", "bar", "barrier")


@dataclass
class Block:
    """Instructions that lanes run one after the other; where it gathers, all lanes that its first one names."""

    number: int
    instructions: list = field(default_factory=list)
    gathers: bool = False


def is_barrier(instruction):
    """Whether it is the work-group's barrier."""
    return instruction.base in ("bar", "barrier") and not is_warp_barrier(instruction)


def _names_all(operands, instruction):
    mask = member_mask(operands, instruction)
    return mask in ("~0u", f"((u32){2**64 - 1}ull)", f"((u32){2**32 - 1}ull)")


def basic_blocks(operands, entry):
    """The blocks of an entry, and the number of the block that each label is at."""
    targets = {i.operands[0] for i in entry.instructions if i.base == "bra"}
    starts = {entry.labels[target] for target in targets}
    blocks, number_of, together = [Block(0)], {}, False
    for index, instruction in enumerate(entry.instructions):
        if instruction.base in ("brx", "call"):
            raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
        collective = is_collective(instruction) and instruction.guard is None
        gathers = collective and not (together and _names_all(operands, instruction))
        if (index in starts or gathers) and blocks[-1].instructions:
            blocks.append(Block(len(blocks)))
            together = False
        number_of[index] = len(blocks) - 1
        blocks[-1].instructions.append(instruction)
        blocks[-1].gathers |= gathers
        together = together or (collective and _names_all(operands, instruction))
        if instruction.base in ENDS and not is_warp_barrier(instruction):
            blocks.append(Block(len(blocks)))
            together = False
    number_of[len(entry.instructions)] = len(blocks) - 1
    return blocks, {label: number_of[index] for label, index in entry.labels.items() if label in targets}


def translate_end(operands, instruction, next_block, labels, site):
    """What ends a block: the place where each lane goes on, or its state."""
    condition = f"({instruction.guard[0]}w->{instruction.guard[1]}[l])" if instruction.guard else "1"
    base = instruction.base
    if base == "bra":
        return f"LANES if (M[l]) w->head.place[l] = {condition} ? {labels[instruction.operands[0]]} : {next_block};"
    if base in ("ret", "exit"):
        ended = f"if ({condition}) {{ w->head.state[l] = ENDED; w->head.site[l] = {site}; }}"
        return f"LANES if (M[l]) {{ {ended} w->head.place[l] = {next_block}; }}"
    if base == "trap":
        return f'LANES if (M[l] && {condition}) {{ fail(&w->head, l, {site}, "a trap", ""); break; }}'
    plain = instruction.has("sync") and len(instruction.operands) == 1 and instruction.operands[0] == "0"
    if not plain or instruction.guard:
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.text}'")
    return f"LANES if (M[l]) {{ w->head.place[l] = {next_block}; w->head.state[l] = WAITS; w->head.site[l] = {site}; }}"
