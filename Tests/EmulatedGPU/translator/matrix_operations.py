"""Matrix products of a warp and their operands (PTX ISA, section 9.7.14): ldmatrix, mma.sync and wmma."""

import re

from .ptx_types import SIZES, Unsupported, bits

ELEMENTS = {"f16": "HALF", "bf16": "BFLOAT", "tf32": "TFLOAT", "s8": "SIGNED_BYTE", "u8": "UNSIGNED_BYTE"}
SUMS = {"f32": "SUM_FLOAT", "f16": "SUM_HALF", "s32": "SUM_INTEGER"}


def translate_matrix_load(operands, instruction, site):
    """ldmatrix: matrices of 8 rows of 16 bytes, transposed or not."""
    if instruction.has("m8n16", "m16n16"):
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
    to, count = instruction.operands[0], len(operands.registers(instruction.operands[0]))
    address = f"u64 x[32]; LANES x[l] = {operands.address(instruction.operands[1])};"
    how = f"{count}, {int(instruction.has('trans'))}, {site}"
    return f"{{ {address} load_matrices(&w->head, M, {operands.pointers(to)}, x, {how}); }}"


def translate_product(operands, instruction, site):
    """mma.sync.m16n8k*, or m8n8k16 of bytes: D = A B + C of fragments in registers."""
    shape = re.search(r"\.m(16)n8k(\d+)\.|\.m(8)n8k(16)\..*\.[su]8\.", instruction.opcode)
    kinds = instruction.types  # D, A, B, C
    if not shape or len(kinds) != 4 or kinds[1] not in ELEMENTS or kinds[2] not in ELEMENTS or kinds[0] not in SUMS:
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
    pointers = ", ".join(operands.pointers(token) for token in instruction.operands[:4])
    element = 4 if kinds[1] == "tf32" else SIZES[kinds[1]]
    counts = [len(operands.registers(token)) for token in instruction.operands[:4]]
    m, k = (int(size) for size in shape.groups() if size)
    sums = 2 if kinds[0] == "f16" else m // 4
    if counts != [sums, k * element * m // 128, k * element * 8 // 128, sums]:
        raise Unsupported(f"line {instruction.line} of the PTX: the registers of '{instruction.text}'")
    how = f"{m}, {k}, {ELEMENTS[kinds[1]]}, {ELEMENTS[kinds[2]]}, {SUMS[kinds[0]]}, {int(instruction.has('satfinite'))}"
    return f"multiply_matrices(&w->head, M, {pointers}, {how}, {site});"


def translate_wmma(operands, instruction, site):
    """wmma: loads, stores and products of fragments whose layout is nobody's business."""
    m, n, k = map(int, re.search(r"m(\d+)n(\d+)k(\d+)", instruction.opcode).groups())
    tokens, modifiers = instruction.operands, instruction.modifiers
    if modifiers[0] == "mma":
        pointers = ", ".join(operands.pointers(token) for token in tokens[:4])
        # The types are D, A, B, C, or D and C where A and B are f16.
        kinds = instruction.types
        element = kinds[1] if len(kinds) == 4 else "f16"
        return (
            f"multiply_fragments(&w->head, M, {pointers}, {m}, {n}, {k}, {ELEMENTS[element]}, {SUMS[kinds[0]]}, "
            f"{SUMS[kinds[-1]]}, {site});"
        )
    which = modifiers[1]
    rows, columns = {"a": (m, k), "b": (k, n)}.get(which, (m, n))
    by_column = int(instruction.has("col"))
    loads = modifiers[0] == "load"
    place, registers = (tokens[1], tokens[0]) if loads else (tokens[0], tokens[1])
    stride = operands.read(tokens[2], "u32") if len(tokens) > 2 else str(rows if by_column else columns)
    space = next((name for name in ("shared", "global") if instruction.has(name, name + "::cta")), "generic")
    return (
        f"{{ u64 x[32]; u32 s[32]; LANES {{ x[l] = {operands.address(place)}; s[l] = {stride}; }} "
        f"move_fragment(&w->head, M, {operands.pointers(registers)}, x, s, {rows}, {columns}, {by_column}, "
        f"{bits(instruction.kind) // 8}, {int(loads)}, IN_{space.upper()}, {site}); }}"
    )
