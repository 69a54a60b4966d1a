"""The fundamental types of PTX: their sizes, and the C types that hold them (PTX ISA, section 5.2)."""

SIZES = {
    **dict.fromkeys(("b8", "u8", "s8"), 1),
    **dict.fromkeys(("b16", "u16", "s16", "f16", "bf16"), 2),
    **dict.fromkeys(("b32", "u32", "s32", "f32", "f16x2", "bf16x2", "tf32"), 4),
    **dict.fromkeys(("b64", "u64", "s64", "f64"), 8),
    "pred": 4,  # as wide as most registers, so that loops over lanes vectorise
}
FLOATS = {"f16", "bf16", "f32", "f64"}


class Unsupported(Exception):
    """PTX that is not translated, or that the device which is emulated does not have."""


def bits(kind):
    """The size of a type in bits."""
    return 8 * SIZES[kind]


def unsigned(kind):
    """The C type of a type's bits."""
    return f"u{bits(kind)}"


def c_type(kind):
    """The C type whose arithmetic is that of a type; that of its bits where C has none."""
    if kind in ("f32", "f64"):
        return kind
    return f"s{bits(kind)}" if kind[0] == "s" else unsigned(kind)
