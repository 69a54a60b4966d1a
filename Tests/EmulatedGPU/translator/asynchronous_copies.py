"""cp.async (PTX ISA, section 9.7.9.25): copies are made as late as the program allows, when they are waited for."""

from .ptx_types import Unsupported


def translate_copy(operands, instruction, site):
    """The copy itself, and its groups. Bulk copies and barriers in memory are not emulated."""
    tokens = instruction.operands
    if instruction.has("bulk", "mbarrier") or instruction.modifiers[0] != "async":
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
    if instruction.has("commit_group"):
        return "LANES if (M[l]) w->head.copyGroup[l]++;"
    if instruction.has("wait_group"):
        return f"LANES if (M[l]) finish_copies(&w->head, l, {operands.read(tokens[0], 'u32')});"
    if instruction.has("wait_all"):
        return "LANES if (M[l]) { w->head.copyGroup[l]++; finish_copies(&w->head, l, 0); }"
    size = operands.read(tokens[2], "u32")
    given = operands.read(tokens[3], "u32") if len(tokens) > 3 else size
    to, of = operands.address(tokens[0]), operands.address(tokens[1])
    return f"LANES if (M[l]) begin_copy(&w->head, l, {to}, {of}, {size}, {given}, {site});"
