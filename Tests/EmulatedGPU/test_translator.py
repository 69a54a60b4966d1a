#!/usr/bin/env python3
"""Runs every case of instruction_cases.py: all in one module, an entry an instruction."""

import math
import os
import re
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import harness  # noqa: E402
from instruction_cases import all_cases  # noqa: E402
from numbers_exactly import bits_of  # noqa: E402
from translator.emission import translate  # noqa: E402
from translator.ptx_types import SIZES, Unsupported  # noqa: E402

HEADER = ".version 7.5\n.target sm_80\n.address_size 64\n"


def entry(number, instruction, to, of):
    """An entry in which each lane takes a row: the inputs at 8 bytes times the lane."""
    names = dict(zip("abc", (f"%in{i}" for i in range(len(of)))), d="%out")
    names |= {name: "0" for name in "abc" if name not in names}
    lines = [f".visible .entry case{number}("]
    lines.append(",\n".join(f"  .param .u64 .ptr .global .align 8 p{i}" for i in range(len(of) + 1)) + ")\n{")
    lines.append(f"  .reg .b{8 * SIZES[to]} %out;\n  .reg .b64 %at<9>;\n  .reg .b32 %lane;")
    lines += [f"  .reg .b{8 * SIZES[kind]} %in{i};" for i, kind in enumerate(of)]
    lines.append("  mov.u32 %lane, %tid.x;")
    for i in range(len(of) + 1):
        lines.append(f"  ld.param.u64 %at{i}, [p{i}];\n  mad.wide.u32 %at{i}, %lane, 8, %at{i};")
    lines += [f"  ld.global.b{8 * SIZES[kind]} %in{i}, [%at{i + 1}];" for i, kind in enumerate(of)]
    lines.append("  " + instruction.format(**names))
    lines.append(f"  st.global.b{8 * SIZES[to]} [%at0], %out;\n  ret;\n}}")
    return "\n".join(lines)


class ScalarTests(unittest.TestCase):
    """Instructions whose lanes do not know of each other."""

    def test_instructions(self):
        """All cases."""
        cases = all_cases()
        text = HEADER + "\n".join(entry(i, *case[:3]) for i, case in enumerate(cases))
        library = harness.Library.of_ptx(text)
        for number, (instruction, to, of, rows) in enumerate(cases):
            with self.subTest(instruction):
                self.assertLessEqual(len(rows), 32)
                inputs = [bytearray(256) for _ in of]
                for lane, row in enumerate(rows):
                    for i, kind in enumerate(of):
                        inputs[i][8 * lane : 8 * lane + 8] = bits_of(row[i], kind).to_bytes(8, "little")
                out = bytearray(256)
                self.assertEqual(library.run(f"case{number}", [out, *inputs], items=(len(rows), 1, 1)), "")
                for lane, row in enumerate(rows):
                    found = int.from_bytes(out[8 * lane : 8 * lane + SIZES[to]], "little")
                    if to[0] == "f" and math.isnan(row[-1]):
                        self.assertTrue((found & 0x7FFFFFFF) > 0x7F800000, f"{row}: {found:#x}")
                    else:
                        self.assertEqual(
                            found, bits_of(row[-1], to), f"{row}: {found:#x}, expected {bits_of(row[-1], to):#x}"
                        )


class ParameterTests(unittest.TestCase):
    """A structure among the parameters, as compilers read one that is passed by value: by its address."""

    PTX = (
        HEADER
        + """.visible .entry k(.param .u64 .ptr .global .align 4 to, .param .align 4 .b8 numbers[24]) {
  .reg .b64 %d<3>; .reg .b32 %r<2>;
  ld.param.u64 %d1, [to];
  mov.b64 %d2, numbers;
  ld.param.u32 %r1, [%d2+PLACE];
  st.global.u32 [%d1], %r1;
  ret;
}"""
    )

    def run_at(self, place):
        """The report, and the number that is found at a place of the structure."""
        library = harness.Library.of_ptx(self.PTX.replace("PLACE", str(place)))
        out = bytearray(4)
        report = library.run("k", [out, struct.pack("6I", *range(10, 16))], items=(1, 1, 1))
        return report, int.from_bytes(out, "little")

    def test_places(self):
        """All numbers; and none behind the last."""
        for place in range(6):
            self.assertEqual(self.run_at(4 * place), ("", 10 + place))
        self.assertIn("a parameter that there is not", self.run_at(24)[0])


class SupportTests(unittest.TestCase):
    """Unsupported instructions are refused by name."""

    def refuse(self, instruction, target, pattern):
        """Expects a refusal."""
        text = (
            HEADER + f".visible .entry k() {{ .reg .b32 %r<9>; .reg .f32 %f<9>; .reg .b64 %d<9>; {instruction} ret; }}"
        )
        with self.assertRaisesRegex(Unsupported, re.escape(pattern)):
            translate(text, target)

    def test_refusals(self):
        """Unknown instructions, modes, calls, and instructions that the target lacks."""
        self.refuse("frobnicate.b32 %r1, %r2;", 90, "unknown instruction 'frobnicate.b32")
        self.refuse("add.rz.f32 %f1, %f2, %f3;", 90, "'.rz'")
        self.refuse("cp.async.bulk.shared.global [%d1], [%d2], 16;", 90, "cp.async.bulk")
        self.refuse("bar.sync 0, 64;", 90, "bar.sync 0, 64")
        self.refuse("cp.async.cg.shared.global [%r1], [%d2], 16;", 75, "requires sm_80 or higher, the device is sm_75")
        self.refuse("dp4a.s32.s32 %r1, %r2, %r3, %r4;", 60, "requires sm_61")
        self.refuse("wmma.mma.sync.aligned.row.col.m16n16k16.f32.f32 {%f1}, {%r1}, {%r1}, {%f1};", 60, "requires sm_70")


if __name__ == "__main__":
    unittest.main()
