"""Arithmetic, comparison, selection (PTX ISA, sections 9.7.1, 9.7.3 to 9.7.6). `.approx` is as exact as C."""

from .ptx_types import FLOATS, Unsupported, bits, c_type

SIGNS = {"add": "+", "sub": "-", "mul": "*"}
COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
COMPARISONS |= {"lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
FUNCTIONS = {"sqrt": "sqrt", "ex2": "exp2", "lg2": "log2", "sin": "sin", "cos": "cos", "tanh": "tanh"}


def _refuse(instruction, *modifiers):
    """What would be computed otherwise."""
    for modifier in modifiers:
        if instruction.has(modifier):
            raise Unsupported(f"line {instruction.line} of the PTX: '.{modifier}' in '{instruction.text}'")


def translate_float(operands, instruction):
    """The instructions on f16, bf16, f32 and f64, and on pairs of the first two."""
    _refuse(instruction, "rz", "rm", "rp")
    kind = instruction.kind
    if kind in ("f16x2", "bf16x2"):
        return _pairs(operands, instruction)
    inputs = [operands.read(token, kind) for token in instruction.operands[1:]]
    return operands.write(instruction.operands[0], kind, _float_value(instruction, kind, inputs))


def _float_value(instruction, kind, inputs):
    base, suffix = instruction.base, "" if kind == "f64" else "f"
    if instruction.has("ftz") and kind == "f32":
        inputs = [f"flushed({x})" for x in inputs]
    if base in SIGNS:
        value = f"{inputs[0]} {SIGNS[base]} {inputs[1]}"
    elif base in ("fma", "mad"):
        # Products of two f16 are exact in f64.
        value = f"fma({', '.join(inputs)})" if kind != "f32" else f"fmaf({', '.join(inputs)})"
        if kind in ("f16", "bf16"):
            return f"(f32)round_to({value}, {'11, -14' if kind == 'f16' else '8, -126'}, 'n')"
    elif base == "div":
        value = f"{inputs[0]} / {inputs[1]}"
    elif base in ("min", "max"):
        value = f"{base}imum{suffix}({inputs[0]}, {inputs[1]}, {int(instruction.has('NaN'))})"
    elif base == "neg":
        value = f"-{inputs[0]}"
    elif base == "abs":
        value = f"fabs{suffix}({inputs[0]})"
    elif base == "copysign":
        value = f"copysign{suffix}({inputs[1]}, {inputs[0]})"
    elif base == "rcp":
        value = f"1.0{suffix} / {inputs[0]}"
    elif base == "rsqrt":
        value = f"1.0{suffix} / sqrt{suffix}({inputs[0]})"
    else:
        value = f"{FUNCTIONS[base]}{suffix}({inputs[0]})"
    if instruction.has("sat"):
        value = f"saturated({value})"
    return f"flushed({value})" if instruction.has("ftz") and kind == "f32" else value


def _pairs(operands, instruction):
    kind = instruction.kind[:-2]
    widen, narrow = ("f32_of_half", "half_of") if kind == "f16" else ("f32_of_bfloat", "bfloat_of")
    halves = []
    for shift in (0, 16):
        inputs = [f"{widen}((u16)({operands.read(token, 'b32')} >> {shift}))" for token in instruction.operands[1:]]
        halves.append(f"(u32){narrow}({_float_value(instruction, kind, inputs)}) << {shift}")
    return operands.write(instruction.operands[0], "b32", " | ".join(halves))


def translate_integer(operands, instruction):
    """Sums, products, minima of integers, which wrap; those that are wide or the high half."""
    base, kind, tokens = instruction.base, instruction.kind, instruction.operands
    _refuse(instruction, "cc", "sat")
    wrapping = "u" + kind[1:]
    if base in ("mul", "mad") and instruction.has("wide"):
        wide = kind[0] + str(2 * bits(kind))
        value = " * ".join(f"({c_type(wide)}){operands.read(token, kind)}" for token in tokens[1:3])
        # Of numbers with a sign the product has no overflow, but its sum has.
        added = f" + {operands.read(tokens[3], 'u' + wide[1:])}" if base == "mad" else ""
        return operands.write(tokens[0], "u" + wide[1:], f"(u{bits(wide)})({value}){added}")
    if base in ("mul", "mad") and instruction.has("hi"):
        big = ("" if kind[0] == "s" else "unsigned ") + "__int128"
        value = " * ".join(f"({big}){operands.read(token, kind)}" for token in tokens[1:3])
        value = f"({c_type(kind)})(({value}) >> {bits(kind)})"
        value = f"(u{bits(kind)}){value}" + (f" + {operands.read(tokens[3], wrapping)}" if base == "mad" else "")
        return operands.write(tokens[0], wrapping, value)
    if base in ("mul24", "mad24"):
        _refuse(instruction, "hi")
        read = [f"low24_{kind[0]}({operands.read(token, 'u32')})" for token in tokens[1:3]]
        value = " * ".join(read) + (f" + {operands.read(tokens[3], 'u32')}" if base == "mad24" else "")
        return operands.write(tokens[0], "u32", value)
    first = operands.read(tokens[1], wrapping)
    if base in SIGNS:
        value = f"{first} {SIGNS[base]} {operands.read(tokens[2], wrapping)}"
        return operands.write(tokens[0], wrapping, f"(u32){value}" if bits(kind) == 16 else value)
    if base == "mad":
        value = f"{first} * {operands.read(tokens[2], wrapping)} + {operands.read(tokens[3], wrapping)}"
        return operands.write(tokens[0], wrapping, f"(u32){value}" if bits(kind) == 16 else value)
    if base == "neg":
        return operands.write(tokens[0], wrapping, f"0 - {first}")
    signed = operands.read(tokens[1], kind)
    if base == "abs":
        return operands.write(tokens[0], wrapping, f"({signed} < 0 ? 0 - {first} : {first})")
    second = operands.read(tokens[2], kind)
    sign = "<" if base == "min" else ">"
    return operands.write(tokens[0], kind, f"({signed} {sign} {second} ? {signed} : {second})")


def translate_division(operands, instruction, site):
    """Quotients and remainders: by zero, the hardware gives a number without meaning; here it is an error."""
    kind, tokens = instruction.kind, instruction.operands
    first, second = (operands.read(token, kind) for token in tokens[1:3])
    size, quotient = bits(kind), int(instruction.base == "div")
    routine = f"divide_{'signed' if kind[0] == 's' else 'unsigned'}"
    call = f"{routine}(&w->head, l, {first}, {second}, {quotient}, {site})"
    register = bits(operands.entry.registers[tokens[0]])
    cast = f"(u{register})(s{register})(s{size})" if kind[0] == "s" else f"(u{register})(u{size})"
    return f"LANES if (M[l]) w->{tokens[0]}[l] = {cast}{call};"


def translate_comparison(operands, instruction):
    """setp: a predicate, and its complement, combined with another one."""
    tokens, kind = instruction.operands, instruction.kind
    comparison = instruction.modifiers[0]
    kind = "u" + kind[1:] if kind[0] == "b" and kind != "bf16" else kind
    first, second = operands.read(tokens[1], kind), operands.read(tokens[2], kind)
    if instruction.has("ftz"):
        first, second = f"flushed({first})", f"flushed({second})"
    value = _compared(comparison, kind, first, second)
    for combination, sign in (("and", "&"), ("or", "|"), ("xor", "^")):
        if instruction.has(combination):
            value = f"({value} {sign} {operands.read(tokens[3], 'pred')})"
    if "|" not in tokens[0]:
        return operands.write(tokens[0], "pred", value)
    first_result, second_result = tokens[0].split("|")
    combined = _compared(comparison, kind, first, second)
    complement = f"!{combined}"
    for combination, sign in (("and", "&"), ("or", "|"), ("xor", "^")):
        if instruction.has(combination):
            complement = f"(!{combined} {sign} {operands.read(tokens[3], 'pred')})"
    both = f"u32 p[32], q[32]; LANES {{ p[l] = {value}; q[l] = {complement}; }} "
    writes = operands.write(first_result, "pred", "p[l]") + operands.write(second_result, "pred", "q[l]")
    return f"{{ {both} {writes} }}"


def _compared(comparison, kind, first, second):
    if kind not in FLOATS:
        return f"({first} {COMPARISONS[comparison]} {second})"
    unordered = f"(isnan({first}) || isnan({second}))"
    if comparison in ("nan", "num"):
        return f"({'!' if comparison == 'num' else ''}{unordered})"
    if comparison.endswith("u"):
        return f"({unordered} || {first} {COMPARISONS[comparison[:-1]]} {second})"
    if comparison == "ne":
        return f"({first} < {second} || {first} > {second})"
    return f"({first} {COMPARISONS[comparison]} {second})"


def translate_selection(operands, instruction):
    """selp and slct: one of two values, by a predicate or by a sign."""
    kind, tokens = f"b{bits(instruction.types[0])}", instruction.operands
    if instruction.base == "selp":
        condition = operands.read(tokens[3], "pred")
    else:
        condition = f"{operands.read(tokens[3], instruction.kind)} >= 0"
    return operands.write(
        tokens[0], kind, f"{condition} ? {operands.read(tokens[1], kind)} : {operands.read(tokens[2], kind)}"
    )


def translate_test(operands, instruction):
    """testp: the class of a number."""
    value = operands.read(instruction.operands[1], instruction.kind)
    tests = {
        "finite": "isfinite({})",
        "infinite": "isinf({})",
        "number": "!isnan({})",
        "notanumber": "isnan({})",
        "normal": "isnormal({})",
        "subnormal": "fpclassify({}) == FP_SUBNORMAL",
    }
    return operands.write(instruction.operands[0], "pred", f"({tests[instruction.modifiers[0]].format(value)})")
