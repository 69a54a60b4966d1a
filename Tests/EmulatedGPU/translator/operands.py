"""How instructions read and write operands in C: registers of all lanes, numbers, addresses, special registers."""

import re

from .ptx_types import SIZES, Unsupported, bits, c_type, unsigned

SPECIAL = {
    "%laneid": "(u32)l",
    "%warpid": "w->head.number",
    "%lanemask_eq": "(1u << l)",
    "%lanemask_lt": "((1u << l) - 1)",
    "%lanemask_le": "((2u << l) - 1)",
    "%lanemask_gt": "~((2u << l) - 1)",
    "%lanemask_ge": "~((1u << l) - 1)",
    "%clock": "0u",
    "%clock64": "0u",
    **{f"%envreg{i}": "0u" for i in range(32)},  # the offsets of global ids, which are none
}
for axis_number, axis in enumerate("xyz"):
    SPECIAL[f"%tid.{axis}"] = f"w->head.item[{axis_number}][l]"
    SPECIAL[f"%ntid.{axis}"] = f"w->head.group->size[{axis_number}]"
    SPECIAL[f"%ctaid.{axis}"] = f"w->head.group->index[{axis_number}]"
    SPECIAL[f"%nctaid.{axis}"] = f"w->head.group->count[{axis_number}]"

# How bits become numbers that C computes with, and back.
FROM_BITS = {"f32": "f32_of({}u)", "f64": "f64_of({}ull)"}
TO_BITS = {"f32": "bits_of_f32({})", "f64": "bits_of_f64({})", "f16": "half_of({})", "bf16": "bfloat_of({})"}


class Operands:
    """The operands of one entry's instructions, as C. `l` is the lane, `M` the mask of those that run."""

    def __init__(self, module, entry, shared_offsets):
        """Takes the places of shared variables too."""
        self.module, self.entry, self.shared_offsets = module, entry, shared_offsets

    def read(self, token, kind):
        """The operand's value as C's type for `kind`; f16 and bf16 are widened to f32."""
        token = token.strip()
        if token.startswith("!"):
            return f"(!{self.read(token[1:], 'pred')})"
        if token in self.entry.registers:
            return self._register(token, kind)
        if token in SPECIAL:
            return f"(({c_type(kind)}){SPECIAL[token]})"
        if number := re.fullmatch(r"0[fFdD]([0-9A-Fa-f]{16}|[0-9A-Fa-f]{8})", token):
            return FROM_BITS.get(kind, "{}ull").format(f"0x{number[1]}")
        if re.fullmatch(r"[-+]?(0[xX][0-9A-Fa-f]+|\d+)U?", token):
            number = int(token.rstrip("U"), 0) & (2**64 - 1)
            if kind in ("f16", "bf16"):
                return f"f32_of_{'half' if kind == 'f16' else 'bfloat'}({number & 0xFFFF}u)"
            return str(int(number != 0)) if kind == "pred" else f"(({c_type(kind)}){number}ull)"
        return f"(({c_type(kind)}){self._symbol(token)})"

    def _register(self, name, kind):
        value, size = f"w->{name}[l]", SIZES[self.entry.registers[name]]
        if kind == "pred":
            return value
        if kind in ("f32", "f64"):
            return f"{kind}_of(({unsigned(kind)}){value})" if size != SIZES[kind] else f"{kind}_of({value})"
        if kind in ("f16", "bf16"):
            return f"f32_of_{'half' if kind == 'f16' else 'bfloat'}((u16){value})"
        return f"(({c_type(kind)}){value})"

    def _symbol(self, token):
        found = re.fullmatch(r"([\w$.%]+?)(?:\s*\+\s*(-?\d+))?", token)
        name, offset = (found[1], int(found[2] or 0)) if found else (token, 0)
        if name in self.shared_offsets:
            return f"(u64){self.shared_offsets[name] + offset}"
        if name in self.module.variables:
            return f"((u64){constant_name(name)} + {offset})"
        if name in self.entry.private:
            return f"(w->head.frame[l] + {self.entry.private[name] + offset})"
        for parameter in self.entry.parameters:
            if parameter.name == name:
                return f"(u64){parameter.offset + offset}"
        raise Unsupported(f"operand '{token}'")

    def write(self, token, kind, value):
        """A statement that gives a register of all lanes that run the value of an expression."""
        token = token.strip()
        if token == "_":
            return ""
        if kind == "pred":
            held = f"(u32)(({value}) != 0)"
        elif kind in TO_BITS:
            held = TO_BITS[kind].format(value)
        else:  # sign or zeros fill a register that is wider
            size = bits(self.entry.registers[token])
            extends = f"(s{size})" if kind[0] == "s" else ""
            held = f"(u{size}){extends}({c_type(kind)})({value})"
        return f"LANES w->{token}[l] = M[l] ? {held} : w->{token}[l];"

    def address(self, token):
        """The address in brackets."""
        found = re.fullmatch(r"\[\s*(.+?)\s*(?:\+\s*(-?\d+))?\s*\]", token)
        if not found:
            raise Unsupported(f"address '{token}'")
        return f"({self.read(found[1], 'u64')} + (u64){int(found[2] or 0)}ll)"

    def registers(self, token):
        """The registers in braces, or the one register."""
        return [part.strip() for part in token.strip().strip("{}").split(",")]

    def pointers(self, token):
        """A C array of the places of registers in braces: the same registers of 32 lanes each."""
        return "(u32 *[]){" + ", ".join(f"w->{name}" for name in self.registers(token)) + "}"


def constant_name(name):
    """The C name of an array in constant memory."""
    return "K_" + re.sub(r"[^A-Za-z0-9_]", "_", name)


def lanes(statement):
    """A statement for each lane that runs."""
    return f"LANES if (M[l]) {{ {statement} }}"
