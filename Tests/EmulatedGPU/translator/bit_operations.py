"""Logic, shifts, fields and permutations of bits, and sums of products of bytes (PTX ISA, sections 9.7.1, 9.7.8)."""

from .ptx_types import Unsupported, bits


def translate_logic(operands, instruction):
    """and, or, xor, not, cnot; lop3 with its table."""
    base, kind, tokens = instruction.base, instruction.kind, instruction.operands
    if base == "lop3":
        inputs = ", ".join(operands.read(token, "b32") for token in tokens[1:5])
        return operands.write(tokens[0], "b32", f"logic_of_three({inputs})")
    sign = {"and": "&", "or": "|", "xor": "^"}.get(base)
    first = operands.read(tokens[1], kind)
    if base == "not":
        value = f"!{first}" if kind == "pred" else f"~{first}"
    elif base == "cnot":
        value = f"{first} == 0"
    else:
        value = f"({first} {sign} {operands.read(tokens[2], kind)})"
    return operands.write(tokens[0], kind, value)


def translate_shift(operands, instruction):
    """shl and shr, by the size and more too; shf, of two registers."""
    kind, tokens = instruction.kind, instruction.operands
    size = bits(kind)
    if instruction.base == "shf":
        by = operands.read(tokens[3], "u32")
        by = f"({by} & 31)" if instruction.has("wrap") else f"({by} > 32 ? 32 : {by})"
        both = f"((u64){operands.read(tokens[2], 'u32')} << 32 | {operands.read(tokens[1], 'u32')})"
        shifted = f"{both} << {by} >> 32" if instruction.has("l") else f"{both} >> {by}"
        return operands.write(tokens[0], "b32", shifted)
    by, last = operands.read(tokens[2], "u32"), size - 1
    if instruction.base == "shr" and kind[0] == "s":
        return operands.write(tokens[0], kind, f"{operands.read(tokens[1], kind)} >> ({by} > {last}u ? {last}u : {by})")
    sign = "<<" if instruction.base == "shl" else ">>"
    value = f"({by} > {last}u ? 0 : {operands.read(tokens[1], f'u{size}')} {sign} ({by} & {last}u))"
    return operands.write(tokens[0], f"b{size}", value)


def translate_field(operands, instruction):
    """bfe and bfi: fields of bits."""
    kind, tokens = instruction.kind, instruction.operands
    place = [operands.read(token, "u32") for token in tokens[-2:]]
    if instruction.base == "bfe":
        routine = f"extract_{'signed' if kind[0] == 's' else 'unsigned'}"
        inputs = [operands.read(tokens[1], kind), *place]
        return operands.write(tokens[0], kind, f"{routine}({', '.join(inputs)}, {bits(kind)})")
    inputs = [operands.read(token, f"b{bits(kind)}") for token in tokens[1:3]]
    return operands.write(tokens[0], kind, f"insert_field({', '.join(inputs + place)}, {bits(kind)})")


def translate_count(operands, instruction):
    """clz, popc, brev, bfind."""
    kind, tokens = instruction.kind, instruction.operands
    size, first = bits(kind), operands.read(tokens[1], "u" + instruction.kind[1:])
    wide = "ll" if size == 64 else ""
    if instruction.base == "clz":
        return operands.write(tokens[0], "u32", f"({first} ? __builtin_clz{wide}({first}) : {size})")
    if instruction.base == "popc":
        return operands.write(tokens[0], "u32", f"__builtin_popcount{wide}({first})")
    if instruction.base == "brev":
        return operands.write(tokens[0], kind, f"reversed_bits({first}) >> {64 - size}")
    if kind[0] == "s":
        first = f"({operands.read(tokens[1], kind)} < 0 ? ~{first} : {first})"
    found = f"({first} ? {63 if size == 64 else 31} - __builtin_clz{wide}({first}) : ~0u)"
    if instruction.has("shiftamt"):
        found = f"({first} ? {size - 1} - {found} : ~0u)"
    return operands.write(tokens[0], "u32", found)


def translate_permutation(operands, instruction):
    """prmt: four of eight bytes."""
    if instruction.modifiers != ["b32"]:
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
    inputs = ", ".join(operands.read(token, "u32") for token in instruction.operands[1:])
    return operands.write(instruction.operands[0], "b32", f"permuted({inputs})")


def translate_dot(operands, instruction):
    """dp4a and dp2a: products of bytes, and of 16-bit numbers with bytes, added to a sum."""
    signs = [str(int(kind == "s32")) for kind in instruction.types]
    inputs = [operands.read(token, "u32") for token in instruction.operands[1:]]
    if instruction.base == "dp2a":
        signs.append(str(2 * int(instruction.has("hi"))))
    return operands.write(instruction.operands[0], "b32", f"{instruction.base}({', '.join(inputs + signs)})")
