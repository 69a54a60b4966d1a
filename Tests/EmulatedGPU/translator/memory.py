"""Loads, stores, atomics and addresses (PTX ISA, sections 9.7.9, 9.7.13): the runtime checks every access."""

import re

from .operands import lanes
from .ptx_types import SIZES, Unsupported, bits, c_type, unsigned

SPACES = ("param", "global", "shared", "local", "const")


def space_of(instruction):
    """The memory that an instruction names; `generic` where the address says it."""
    return next((s for s in SPACES if instruction.has(s, s + "::cta")), "generic")


def _place(operands, instruction, token, size, access, site):
    """A pointer `p` to what is accessed."""
    routine = {"const": "global", "local": "private"}.get(space_of(instruction), space_of(instruction))
    routine = "local" if routine == "shared" else routine
    return f"u8 *p = {routine}_place(&w->head, l, {operands.address(token)}, {size}, {access}, {site});"


def _parameter_place(operands, token, size, site):
    """A pointer `p` to a part of the parameters, by name, or by an address among them."""
    named = re.match(r"\[\s*([\w$.]+)\s*(?:\+\s*(\d+))?\s*\]", token)
    if named and named[1] not in operands.entry.registers:
        start = operands.entry.parameter(named[1]).offset + int(named[2] or 0)
        return f"const u8 *p = w->head.group->parameters + {start};"
    last = operands.entry.parameter_bytes - size
    check = f'if (at > {last}) at = 0, fail(&w->head, l, {site}, "a parameter that there is not", "");'
    return f"u64 at = {operands.address(token)}; {check} const u8 *p = w->head.group->parameters + at;"


def _vector(instruction):
    return next((int(part[1:]) for part in instruction.modifiers if part in ("v2", "v4", "v8")), 1)


def translate_load(operands, instruction, site):
    """ld: into registers that may be wider than what is loaded."""
    kind, tokens = instruction.kind, instruction.operands
    size, names = SIZES[kind], operands.registers(tokens[0])
    if space_of(instruction) == "param":
        place = _parameter_place(operands, tokens[1], _vector(instruction) * size, site)
    else:
        place = _place(operands, instruction, tokens[1], _vector(instruction) * size, "READS", site)
    body = f"{place} {unsigned(kind)} t;"
    for number, name in enumerate(names):
        if name == "_":
            continue
        register = bits(operands.entry.registers[name])
        value = f"(u{register})(s{register})({c_type(kind)})t" if kind[0] == "s" else f"(u{register})t"
        body += f" memcpy(&t, p + {number * size}, {size}); w->{name}[l] = {value};"
    return lanes(body)


def translate_store(operands, instruction, site):
    """st: of registers, and of numbers."""
    kind, tokens = instruction.kind, instruction.operands
    size, values = SIZES[kind], operands.registers(tokens[1])
    if space_of(instruction) == "param":
        raise Unsupported(f"line {instruction.line} of the PTX: calls of functions, which compilers inline for GPUs")
    body = _place(operands, instruction, tokens[0], _vector(instruction) * size, "WRITES", site)
    body += f" {unsigned(kind)} t;"
    for number, value in enumerate(values):
        body += f" t = {operands.read(value, f'b{8 * size}')}; memcpy(p + {number * size}, &t, {size});"
    return lanes(body)


def translate_atomic(operands, instruction, site):
    """atom and red: one lane after the other."""
    kind, tokens = instruction.kind, list(instruction.operands)
    if instruction.base == "red":
        tokens.insert(0, "_")
    c = unsigned(kind) if kind[0] == "b" else c_type(kind)
    kind_read = kind if kind[0] != "b" else "u" + kind[1:]
    value = operands.read(tokens[2], kind_read)
    results = {
        "add": f"t + {value}",
        "min": f"(t < {value} ? t : {value})",
        "max": f"(t > {value} ? t : {value})",
        "exch": value,
        "and": f"t & {value}",
        "or": f"t | {value}",
        "xor": f"t ^ {value}",
        "inc": f"(t >= {value} ? 0 : t + 1)",
        "dec": f"(t == 0 || t > {value} ? {value} : t - 1)",
    }
    operation = next((part for part in instruction.modifiers if part in results or part == "cas"), None)
    if operation is None or kind in ("f16", "bf16", "f16x2", "bf16x2"):
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
    if operation == "cas":
        results["cas"] = f"(t == {value} ? {operands.read(tokens[3], kind_read)} : t)"
    size = SIZES[kind]
    keep = "" if tokens[0] == "_" else f" u{8 * size} o; memcpy(&o, &t, {size});"
    after = "" if tokens[0] == "_" else f" w->{tokens[0]}[l] = o;"
    looks = operation in ("add", "or", "xor") and tokens[2] == "0"
    place = _place(operands, instruction, tokens[1], size, "LOOKS" if looks else "UPDATES", site)
    change = f"{c} t; memcpy(&t, p, {size});{keep} t = {results[operation]}; memcpy(p, &t, {size});{after}"
    return lanes(f"{place} {change}")


def translate_prefetch(operands, instruction, site):
    """prefetch: nothing comes of it, but what is not there is not worth asking for."""
    return lanes(_place(operands, instruction, instruction.operands[0], 1, "ASKS", site) + " (void)p;")


def translate_fence(operands, instruction, site):
    """membar and fence: those of the device order what groups do; those of a group add nothing to its barriers."""
    is_of_device = instruction.has("gl", "sys", "gpu") and not instruction.has("proxy")
    return lanes("fence_device(&w->head, l);") if is_of_device else ""


def translate_address(operands, instruction):
    """cvta: from a memory's own address to a generic one, and back. Only local memory's differ."""
    to, of = instruction.operands
    value = operands.read(of, "u64")
    if instruction.has("shared", "shared::cta"):
        value += f" {'-' if instruction.has('to') else '+'} (u64)w->head.group->local"
    return operands.write(to, "u64", value)
