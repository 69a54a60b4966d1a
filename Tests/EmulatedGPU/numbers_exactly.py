"""Numbers as hardware rounds them, by fractions: what the tests of the translator expect."""

import math
import struct
from fractions import Fraction

# Significant bits, the exponent of the smallest normal number, the largest finite number.
FORMATS = {
    "f16": (11, -14, 65504),
    "bf16": (8, -126, (2 - 2**-7) * 2**127),
    "f32": (24, -126, (2 - 2**-23) * 2**127),
    "f64": (53, -1022, (2 - 2**-52) * 2**1023),
}


def rounded(value, kind, mode="rn"):
    """A fraction in a format: to nearest even (rn), to zero (rz), down (rm), up (rp)."""
    digits, least, most = FORMATS[kind]
    value = Fraction(value)
    if value == 0:
        return 0.0
    exponent = math.frexp(float(abs(value)))[1] - 1 if abs(value) < 2**1000 else 1000
    while Fraction(2) ** exponent > abs(value):
        exponent -= 1
    while Fraction(2) ** (exponent + 1) <= abs(value):
        exponent += 1
    unit = Fraction(2) ** (max(exponent, least) - digits + 1)
    scaled = value / unit
    whole = {"rn": round, "rz": math.trunc, "rm": math.floor, "rp": math.ceil}[mode](scaled)
    result = whole * unit
    if abs(result) <= Fraction(most):
        return float(result) if result else math.copysign(0.0, value)
    stays = mode == "rz" or (mode == "rm" and value > 0) or (mode == "rp" and value < 0)
    return math.copysign(most if stays else math.inf, value)


def bits_of(value, kind):
    """The bits of a number as a type has them."""
    if kind == "f16":
        return struct.unpack("<H", struct.pack("<e", value))[0]
    if kind == "bf16":
        return struct.unpack("<I", struct.pack("<f", value))[0] >> 16
    if kind == "f32":
        return struct.unpack("<I", struct.pack("<f", value))[0]
    if kind == "f64":
        return struct.unpack("<Q", struct.pack("<d", value))[0]
    return value & (2 ** int(kind[1:]) - 1)
