"""mov and cvt (PTX ISA, section 9.7.9): the rounding modes, saturation, and vectors in registers."""

from .ptx_types import FLOATS, SIZES, Unsupported, bits, c_type

# Rounding to an integer; to a floating-point number: the letter of round_to, of n z m p.
TO_INTEGER = {"rni": "rint", "rzi": "trunc", "rmi": "floor", "rpi": "ceil"}
TO_FLOAT = {"rn": "n", "rz": "z", "rm": "m", "rp": "p"}
# Significant bits, and the exponent of the smallest normal number.
FORMATS = {"f16": "11, -14", "bf16": "8, -126", "f32": "24, -126"}


def translate_move(operands, instruction):
    """mov: of registers and addresses, into and out of vectors of smaller registers."""
    to, of = instruction.operands
    kind = instruction.kind
    if kind == "pred":
        return operands.write(to, "pred", operands.read(of, "pred"))
    whole = f"b{bits(kind)}"
    if to.startswith("{"):
        names = operands.registers(to)
        size = bits(kind) // len(names)
        parts = [operands.write(name, f"b{size}", f"t[l] >> {i * size}") for i, name in enumerate(names)]
        return f"{{ u{bits(kind)} t[32]; LANES t[l] = {operands.read(of, whole)}; {' '.join(parts)} }}"
    if of.startswith("{"):
        names = operands.registers(of)
        size = bits(kind) // len(names)
        parts = [f"(u{bits(kind)}){operands.read(name, f'b{size}')} << {i * size}" for i, name in enumerate(names)]
        return operands.write(to, whole, " | ".join(parts))
    return operands.write(to, whole, operands.read(of, whole))


def translate_conversion(operands, instruction):
    """cvt, of one number or of two into a pair."""
    kinds, tokens = instruction.types, instruction.operands
    to, of = (kinds + kinds)[:2]
    if to in ("f16x2", "bf16x2"):
        narrow = "half_of" if to == "f16x2" else "bfloat_of"
        high, low = (_to_float(instruction, to[:-2], "f32", operands.read(token, "f32")) for token in tokens[1:3])
        return operands.write(tokens[0], "b32", f"(u32){narrow}({high}) << 16 | {narrow}({low})")
    value = operands.read(tokens[1], of)
    if to in FLOATS:
        return operands.write(tokens[0], to, _to_float(instruction, to, of, value))
    if of in FLOATS:
        return operands.write(tokens[0], to, _to_integer(instruction, to, value))
    if instruction.has("sat"):
        value = f"clamped({value}, {bits(to)}, {int(to[0] == 's')})"
    return operands.write(tokens[0], to, f"({c_type(to)}){value}")


def _to_float(instruction, to, of, value):
    if of not in FLOATS and SIZES[of] == 8 and to in ("f16", "bf16"):
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}' would be rounded twice")
    for mode, function in TO_INTEGER.items():
        if instruction.has(mode):
            value = f"{function}({value})"
    mode = next((letter for mode, letter in TO_FLOAT.items() if instruction.has(mode)), "n")
    narrows = of not in FLOATS or SIZES[of] > SIZES[to] or {of, to} == {"f16", "bf16"}
    if narrows and mode != "n" and (to not in FORMATS or (of not in FLOATS and SIZES[of] == 8)):
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
    # C rounds to f32 and f64 to the nearest; from f32, so do half_of and bfloat_of.
    if narrows and (mode != "n" or (to in ("f16", "bf16") and of != "f32")):
        value = f"round_to({value}, {FORMATS[to]}, '{mode}')"
    if instruction.has("relu"):
        value = f"fmaxf({value}, 0.0f)"
    if instruction.has("sat"):
        value = f"saturated({value})"
    if instruction.has("ftz"):
        value = f"flushed({value})"
    return f"({'f64' if to == 'f64' else 'f32'})({value})"


def _to_integer(instruction, to, value):
    function = next((f for mode, f in TO_INTEGER.items() if instruction.has(mode)), "trunc")
    if instruction.has("ftz"):
        value = f"flushed({value})"
    if to[0] == "s":
        return f"signed_of({function}((f64){value}), {bits(to)})"
    return f"unsigned_of({function}((f64){value}), {bits(to)})"
