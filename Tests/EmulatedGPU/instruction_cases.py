"""Every kind of scalar instruction at edge values, with the results that PTX defines."""

import math
from fractions import Fraction as F

from numbers_exactly import bits_of, rounded

INF, NAN = math.inf, math.nan
CASES = []


def case(instruction, to, of, rows):
    """Adds an instruction with {d}, {a}, {b}, {c} for its registers, and rows of inputs and the expected result."""
    CASES.append((instruction, to, of, rows))


def _conversions():
    edges = [0.0, -0.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 1e10, -1e10, INF, -INF, NAN, 2147483520.0, -129.0]

    def integer(x, mode, low, high):
        if math.isnan(x):
            return 0
        if math.isinf(x):
            return high if x > 0 else low
        whole = {"rni": round, "rzi": math.trunc, "rmi": math.floor, "rpi": math.ceil}[mode](x)
        return min(max(whole, low), high)

    for mode in ("rni", "rzi", "rmi", "rpi"):
        case(
            f"cvt.{mode}.s32.f32 {{d}}, {{a}};",
            "s32",
            ["f32"],
            [(x, integer(x, mode, -(2**31), 2**31 - 1)) for x in edges],
        )
        case(f"cvt.{mode}.u32.f32 {{d}}, {{a}};", "u32", ["f32"], [(x, integer(x, mode, 0, 2**32 - 1)) for x in edges])
        case(
            f"cvt.{mode}.s64.f64 {{d}}, {{a}};",
            "s64",
            ["f64"],
            [(x, integer(x, mode, -(2**63), 2**63 - 1)) for x in edges],
        )
    case("cvt.rzi.s8.f32 {d}, {a};", "s32", ["f32"], [(-129.0, -128), (127.9, 127), (200.0, 127), (-3.7, -3)])
    halves = [
        1.0,
        1 + 2**-11,
        1 + 3 * 2**-11,
        65504.0,
        65519.9,
        65520.0,
        1e9,
        -1e9,
        2**-24,
        2**-25,
        1.5 * 2**-25,
        3 * 2**-25,
    ]
    halves = [rounded(x, "f32") for x in halves + [-x for x in halves]]
    for mode in ("rn", "rz", "rm", "rp"):
        case(f"cvt.{mode}.f16.f32 {{d}}, {{a}};", "f16", ["f32"], [(x, rounded(x, "f16", mode)) for x in halves])
        doubles = [
            1 + 2**-24,
            1 + 3 * 2**-24,
            1e300,
            -1e300,
            2.0**-149,
            2.0**-150,
            1.5 * 2.0**-150,
            3.5e38,
            -1 - 2**-30,
        ]
        case(f"cvt.{mode}.f32.f64 {{d}}, {{a}};", "f32", ["f64"], [(x, rounded(x, "f32", mode)) for x in doubles])
    floats = [1.0, 1 + 2**-8, 1 + 3 * 2**-8, 3.3895314e38, 1e-40, -(1 + 2**-8) - 2**-20]
    floats = [rounded(x, "f32") for x in floats]
    case("cvt.rn.bf16.f32 {d}, {a};", "bf16", ["f32"], [(x, rounded(x, "bf16")) for x in floats])
    case("cvt.f32.f16 {d}, {a};", "f32", ["f16"], [(x, x) for x in (2.0**-24, 65504.0, -INF, 1.5, -0.0)])
    pairs = [(1.0, 2.0), (65520.0, 2**-25), (1 + 2**-11, -1 - 3 * 2**-11)]
    packed = [(a, b, bits_of(rounded(a, "f16"), "f16") << 16 | bits_of(rounded(b, "f16"), "f16")) for a, b in pairs]
    case("cvt.rn.f16x2.f32 {d}, {a}, {b};", "b32", ["f32", "f32"], packed)
    integers = [0, 1, -1, 2**24 + 1, -(2**24) - 1, 2**31 - 1, -(2**31), 2**24 + 3]
    case("cvt.rn.f32.s32 {d}, {a};", "f32", ["s32"], [(x, rounded(x, "f32")) for x in integers])
    case("cvt.rz.f32.s32 {d}, {a};", "f32", ["s32"], [(x, rounded(x, "f32", "rz")) for x in integers])
    case("cvt.rn.f16.s32 {d}, {a};", "f16", ["s32"], [(x, rounded(x, "f16")) for x in (2049, 2051, 65519, 65520, -5)])
    case("cvt.rn.f32.u64 {d}, {a};", "f32", ["u64"], [(x, rounded(x, "f32")) for x in (2**64 - 1, 2**40 + 2**16, 7)])
    case("cvt.s64.s32 {d}, {a};", "s64", ["s32"], [(-5, -5), (2**31 - 1, 2**31 - 1)])
    case("cvt.u64.u32 {d}, {a};", "u64", ["u32"], [(2**32 - 5, 2**32 - 5)])
    case("cvt.s32.s8 {d}, {a};", "s32", ["b32"], [(0x180, -128), (0x7F, 127), (0xFF, -1)])
    case("cvt.u32.u16 {d}, {a};", "u32", ["u16"], [(0xFFFF, 0xFFFF)])
    case("cvt.sat.s8.s32 {d}, {a};", "s32", ["s32"], [(300, 127), (-300, -128), (5, 5)])
    case("cvt.sat.u8.s32 {d}, {a};", "u32", ["s32"], [(300, 255), (-300, 0), (5, 5)])
    case("cvt.rni.f32.f32 {d}, {a};", "f32", ["f32"], [(2.5, 2.0), (3.5, 4.0), (-0.4, -0.0)])
    case("cvt.sat.f32.f32 {d}, {a};", "f32", ["f32"], [(2.5, 1.0), (-3.5, 0.0), (0.25, 0.25), (NAN, 0.0)])


def _floats():
    one, tiny = 1 + 2**-23, 2.0**-149
    triples = [(one, one, -1.0), (one, one, -(1 + 2**-22)), (3e38, 2.0, -3e38), (tiny, 0.5, tiny), (0.1, 10.0, -1.0)]
    triples = [tuple(rounded(x, "f32") for x in t) for t in triples]
    case(
        "fma.rn.f32 {d}, {a}, {b}, {c};",
        "f32",
        ["f32"] * 3,
        [(a, b, c, rounded(F(a) * F(b) + F(c), "f32")) for a, b, c in triples],
    )
    case("mul.rn.f32 {d}, {a}, {b};", "f32", ["f32"] * 2, [(a, b, rounded(F(a) * F(b), "f32")) for a, b, _ in triples])
    case("add.rn.f32 {d}, {a}, {b};", "f32", ["f32"] * 2, [(a, b, rounded(F(a) + F(b), "f32")) for a, b, _ in triples])
    case("sub.f32 {d}, {a}, {b};", "f32", ["f32"] * 2, [(1.5, 0.25, 1.25), (INF, 1.0, INF)])
    case(
        "div.rn.f32 {d}, {a}, {b};",
        "f32",
        ["f32"] * 2,
        [(1.0, 3.0, rounded(F(1, 3), "f32")), (1.0, 0.0, INF), (-1.0, 0.0, -INF)],
    )
    case("sqrt.rn.f32 {d}, {a};", "f32", ["f32"], [(2.0, rounded(math.sqrt(2), "f32")), (-0.0, -0.0), (16.0, 4.0)])
    case("rcp.rn.f32 {d}, {a};", "f32", ["f32"], [(3.0, rounded(F(1, 3), "f32")), (0.0, INF)])
    case("ex2.approx.f32 {d}, {a};", "f32", ["f32"], [(10.0, 1024.0), (-INF, 0.0), (0.0, 1.0)])
    case("lg2.approx.f32 {d}, {a};", "f32", ["f32"], [(1024.0, 10.0), (0.0, -INF)])
    case(
        "min.f32 {d}, {a}, {b};",
        "f32",
        ["f32"] * 2,
        [(1.0, 2.0, 1.0), (NAN, 2.0, 2.0), (0.0, -0.0, -0.0), (-0.0, 0.0, -0.0)],
    )
    case(
        "max.f32 {d}, {a}, {b};",
        "f32",
        ["f32"] * 2,
        [(1.0, 2.0, 2.0), (1.0, NAN, 1.0), (0.0, -0.0, 0.0), (-0.0, 0.0, 0.0)],
    )
    case("max.NaN.f32 {d}, {a}, {b};", "f32", ["f32"] * 2, [(1.0, NAN, NAN), (1.0, 3.0, 3.0)])
    case(
        "add.ftz.f32 {d}, {a}, {b};",
        "f32",
        ["f32"] * 2,
        [(1e-40, 1.0, 1.0), (-1e-40, 0.0, 0.0), (1.2e-38, -1.1e-38, 1.2e-38)],
    )
    case("add.sat.f32 {d}, {a}, {b};", "f32", ["f32"] * 2, [(0.75, 0.75, 1.0), (-1.0, 0.5, 0.0)])
    case("neg.f32 {d}, {a};", "f32", ["f32"], [(0.0, -0.0), (-1.5, 1.5)])
    case("abs.f32 {d}, {a};", "f32", ["f32"], [(-0.0, 0.0), (-INF, INF)])
    case("copysign.f32 {d}, {a}, {b};", "f32", ["f32"] * 2, [(-1.0, 5.0, -5.0), (1.0, -5.0, 5.0)])
    case("fma.rn.f64 {d}, {a}, {b}, {c};", "f64", ["f64"] * 3, [(1 + 2.0**-52, 1 + 2.0**-52, -1.0, 2.0**-51)])
    h = [(1 + 2**-10, 1 + 2**-10, -1.0), (2048.0, 1.0, 1.0), (60000.0, 2.0, 0.0)]
    case(
        "fma.rn.f16 {d}, {a}, {b}, {c};",
        "f16",
        ["f16"] * 3,
        [(a, b, c, rounded(F(a) * F(b) + F(c), "f16")) for a, b, c in h],
    )
    case("add.f16 {d}, {a}, {b};", "f16", ["f16"] * 2, [(2048.0, 1.0, 2048.0), (2048.0, 3.0, 2052.0)])
    two = bits_of(2048.0, "f16") << 16 | bits_of(1.0, "f16")
    more = bits_of(3.0, "f16") << 16 | bits_of(0.5, "f16")
    result = bits_of(2052.0, "f16") << 16 | bits_of(1.5, "f16")
    case("add.rn.f16x2 {d}, {a}, {b};", "b32", ["b32"] * 2, [(two, more, result)])


def _integers():
    edges = [0, 1, -1, 7, -7, 2**31 - 1, -(2**31), 46341, -46341]
    pairs = [(a, b) for a in edges for b in (1, -1, 46341, -(2**31))][:32]
    case("mul.wide.s32 {d}, {a}, {b};", "s64", ["s32"] * 2, [(a, b, a * b) for a, b in pairs])
    case("mul.wide.u16 {d}, {a}, {b};", "u32", ["u16"] * 2, [(65535, 65535, 65535 * 65535)])
    case(
        "mad.wide.s32 {d}, {a}, {b}, {c};",
        "s64",
        ["s32", "s32", "s64"],
        [(a, b, 2**62, a * b + 2**62) for a, b in pairs],
    )
    case(
        "mad.wide.u32 {d}, {a}, {b}, {c};",
        "u64",
        ["u32", "u32", "u64"],
        [(2**32 - 1, 2**32 - 1, 2**33, (2**32 - 1) ** 2 + 2**33)],
    )
    case("mul.lo.s32 {d}, {a}, {b};", "s32", ["s32"] * 2, [(a, b, a * b) for a, b in pairs])
    case("mul.hi.s32 {d}, {a}, {b};", "s32", ["s32"] * 2, [(a, b, a * b >> 32) for a, b in pairs])
    case("mul.hi.u32 {d}, {a}, {b};", "u32", ["u32"] * 2, [(2**32 - 1, 2**32 - 1, 2**32 - 2)])
    case("mad.lo.s32 {d}, {a}, {b}, {c};", "s32", ["s32"] * 3, [(2**31 - 1, 2, 5, (2**31 - 1) * 2 + 5)])
    case("mul24.lo.s32 {d}, {a}, {b};", "s32", ["s32"] * 2, [(0xFFFFFF, 3, -3)])
    case("add.s32 {d}, {a}, {b};", "s32", ["s32"] * 2, [(2**31 - 1, 1, -(2**31))])
    case("sub.s64 {d}, {a}, {b};", "s64", ["s64"] * 2, [(-(2**63), 1, 2**63 - 1)])
    case("add.s16 {d}, {a}, {b};", "s16", ["s16"] * 2, [(32767, 1, -32768)])
    case("abs.s32 {d}, {a};", "s32", ["s32"], [(-5, 5), (-(2**31), -(2**31))])
    case("neg.s32 {d}, {a};", "s32", ["s32"], [(5, -5), (-(2**31), -(2**31))])
    case("min.s32 {d}, {a}, {b};", "s32", ["s32"] * 2, [(-1, 1, -1)])
    case("min.u32 {d}, {a}, {b};", "u32", ["u32"] * 2, [(2**32 - 1, 1, 1)])
    case("div.s32 {d}, {a}, {b};", "s32", ["s32"] * 2, [(-7, 2, -3), (7, -2, -3), (-(2**31), -1, -(2**31))])
    case("rem.s32 {d}, {a}, {b};", "s32", ["s32"] * 2, [(-7, 2, -1), (7, -2, 1), (-(2**31), -1, 0)])
    case("div.u64 {d}, {a}, {b};", "u64", ["u64"] * 2, [(2**64 - 1, 3, (2**64 - 1) // 3)])


def _bits():
    x = 0x89ABCDEF
    fields = [(p, n) for p in (0, 4, 31, 32, 255) for n in (0, 1, 4, 32, 255)]

    def extract(a, place, count, size, signed):
        top = min(place + count - 1, size - 1)
        sign = 0 if not signed or count == 0 else a >> top & 1
        return sum((a >> place + i & 1 if i < count and place + i < size else sign) << i for i in range(size))

    def insert(a, b, place, count):
        taken = [place + i for i in range(min(count, 32)) if place + i < 32]
        return sum((a >> i - place & 1 if i in taken else b >> i & 1) << i for i in range(32))

    three = ["b32", "b32", "b32"]
    case("bfe.u32 {d}, {a}, {b}, {c};", "u32", three, [(x, p, n, extract(x, p, n, 32, False)) for p, n in fields])
    case("bfe.s32 {d}, {a}, {b}, {c};", "s32", three, [(x, p, n, extract(x, p, n, 32, True)) for p, n in fields])
    wide = 0xFEDCBA9876543210
    case(
        "bfe.u64 {d}, {a}, {b}, {c};",
        "u64",
        ["b64", "b32", "b32"],
        [(wide, p, n, extract(wide, p, n, 64, False)) for p, n in fields],
    )
    case(
        "bfe.s64 {d}, {a}, {b}, {c};",
        "s64",
        ["b64", "b32", "b32"],
        [(wide, p, n, extract(wide, p, n, 64, True)) for p, n in fields],
    )
    case(
        "bfi.b32 {d}, 0x12345678, {a}, {b}, {c};",
        "b32",
        three,
        [(x, p, n, insert(0x12345678, x, p, n)) for p, n in fields],
    )
    case("prmt.b32 {d}, {a}, {b}, 0x3715;", "b32", three[:2], [(0x03020100, 0x07060504, 0x03070105)])
    case(
        "prmt.b32 {d}, {a}, {b}, {c};",
        "b32",
        three,
        [(0x80, 0x7F000000, 0x878F, 0xFF7FFF00), (0x11223344, 0x55667788, 0x5410, 0x77883344)],
    )
    case(
        "shl.b32 {d}, {a}, {b};",
        "b32",
        three[:2],
        [(x, n, (x << n) & 0xFFFFFFFF if n < 32 else 0) for n in (0, 1, 31, 32, 99)],
    )
    case("shr.u32 {d}, {a}, {b};", "u32", three[:2], [(x, n, x >> n if n < 32 else 0) for n in (0, 1, 31, 32, 99)])
    case("shr.s32 {d}, {a}, {b};", "s32", three[:2], [(x, n, (x - 2**32) >> min(n, 31)) for n in (0, 1, 31, 32, 99)])
    case("shf.l.wrap.b32 {d}, {a}, {b}, {c};", "b32", three, [(x, 0x1234567, 4, 0x12345678), (x, 1, 36, 0x18)])
    case("shf.r.clamp.b32 {d}, {a}, {b}, {c};", "b32", three, [(x, 0xF, 4, 0xF89ABCDE), (x, 0xF, 40, 0xF)])
    case("clz.b32 {d}, {a};", "u32", ["b32"], [(0, 32), (1, 31), (x, 0)])
    case("popc.b32 {d}, {a};", "u32", ["b32"], [(0, 0), (x, bin(x).count("1"))])
    case("brev.b32 {d}, {a};", "b32", ["b32"], [(1, 2**31), (0x80000001, 0x80000001), (0x6, 0x60000000)])
    case("bfind.u32 {d}, {a};", "u32", ["u32"], [(0, 0xFFFFFFFF), (1, 0), (x, 31)])
    case("lop3.b32 {d}, {a}, {b}, {c}, 0x96;", "b32", three, [(0xF0, 0xCC, 0xAA, 0xF0 ^ 0xCC ^ 0xAA)])
    case(
        "lop3.b32 {d}, {a}, {b}, {c}, 0xE8;",
        "b32",
        three,
        [(0xF0, 0xCC, 0xAA, (0xF0 & 0xCC) | (0xF0 & 0xAA) | (0xCC & 0xAA))],
    )
    case("not.b32 {d}, {a};", "b32", ["b32"], [(x, x ^ 0xFFFFFFFF)])
    case(
        "dp4a.s32.s32 {d}, {a}, {b}, {c};",
        "s32",
        three,
        [(0x80FF7F01, 0x80807F02, 5, 128 * 128 + 128 + 127 * 127 + 2 + 5)],
    )
    case(
        "dp4a.s32.u32 {d}, {a}, {b}, {c};",
        "s32",
        three,
        [(0x80FF7F01, 0xFF807F02, -9, -128 * 255 - 128 + 127 * 127 + 2 - 9)],
    )
    case("dp4a.u32.u32 {d}, {a}, {b}, {c};", "u32", three, [(0xFFFFFFFF, 0xFFFFFFFF, 1, 4 * 255 * 255 + 1)])
    case("dp2a.lo.s32.s32 {d}, {a}, {b}, {c};", "s32", three, [(0xFFFF8000, 0x0102FF80, 3, 32768 * 128 + 1 + 3)])
    case("mov.b64 {d}, {{{a}, {b}}};", "b64", three[:2], [(x, 5, 5 << 32 | x)])


def _predicates():
    def compare(kind, name, rows):
        text = f"{{ .reg .pred p; setp.{name}.{kind} p, {{a}}, {{b}}; selp.b32 {{d}}, 1, 0, p; }}"
        case(text.replace("{ .reg", "{{ .reg").replace("p; }", "p; }}"), "b32", [kind] * 2, rows)

    compare("f32", "lt", [(1.0, 2.0, 1), (NAN, 2.0, 0), (0.0, -0.0, 0)])
    compare("f32", "ltu", [(1.0, 2.0, 1), (NAN, 2.0, 1), (2.0, 1.0, 0)])
    compare("f32", "ne", [(1.0, 2.0, 1), (NAN, NAN, 0), (0.0, -0.0, 0)])
    compare("f32", "neu", [(1.0, 1.0, 0), (NAN, NAN, 1)])
    compare("f32", "num", [(1.0, NAN, 0), (1.0, 1.0, 1)])
    compare("f32", "nan", [(1.0, NAN, 1), (1.0, 1.0, 0)])
    compare("s32", "lt", [(-1, 1, 1), (1, -1, 0)])
    compare("u32", "lo", [(2**32 - 1, 1, 0), (1, 2**32 - 1, 1)])
    compare("u64", "hs", [(2**63, 1, 1)])


def all_cases():
    """The cases: an instruction, its result's type, its inputs' types, rows of numbers."""
    CASES.clear()
    for fill in (_conversions, _floats, _integers, _bits, _predicates):
        fill()
    return CASES
