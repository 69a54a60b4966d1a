#!/usr/bin/env python3
"""What a warp does together, and memory: shuffles, votes, matrix products and their layouts, copies, atomics.

Layouts are written out from the figures of the PTX ISA (section 9.7.14), apart from the runtime's own.
"""

import os
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import harness  # noqa: E402
from numbers_exactly import bits_of, rounded  # noqa: E402

HEADER = ".version 7.5\n.target sm_80\n.address_size 64\n"


def entry(name, body, buffers=2):
    """An entry whose %d0, %d1... are the addresses of buffers, %lane the item, %w0 to %w31, %f0 to %f31 registers."""
    parameters = ", ".join(f".param .u64 .ptr .global .align 16 p{i}" for i in range(buffers))
    loads = "\n".join(f"ld.param.u64 %d{i}, [p{i}];" for i in range(buffers))
    registers = ".reg .b64 %d<20>; .reg .b32 %w<40>; .reg .f32 %f<40>; .reg .pred %q<8>; .reg .b32 %lane;"
    return f".visible .entry {name}({parameters}) {{ {registers} mov.u32 %lane, %tid.x; {loads} {body} ret; }}\n"


def words(*values):
    """Words of 32 bits, one a lane."""
    return bytearray(struct.pack(f"<{len(values)}I", *(v & 0xFFFFFFFF for v in values)))


def unpacked(memory, kind="I"):
    """The numbers in a buffer."""
    return list(struct.unpack(f"<{len(memory) // struct.calcsize(kind)}{kind}", memory))


LOAD = "mad.wide.u32 %d8, %lane, 4, %d1; ld.global.u32 %w1, [%d8];"
STORE = "mad.wide.u32 %d9, %lane, 4, %d0; st.global.u32 [%d9], %w2;"


class ShuffleTests(unittest.TestCase):
    """shfl, vote, redux."""

    def test_shuffles(self):
        """Each mode, in the whole warp and in segments."""
        cases = {  # the lane read, which is the own one where the other is outside
            "idx.b32 %w2|%q1, %w1, 5, 0x1f": [5] * 32,
            "idx.b32 %w2|%q1, %w1, 1, 0x181f": [lane & 24 | 1 for lane in range(32)],
            "bfly.b32 %w2|%q1, %w1, 3, 0x1f": [lane ^ 3 for lane in range(32)],
            "up.b32 %w2|%q1, %w1, 4, 0": [lane - 4 if lane >= 4 else lane for lane in range(32)],
            "up.b32 %w2|%q1, %w1, 1, 0x1800": [lane - 1 if lane % 8 else lane for lane in range(32)],
            "down.b32 %w2|%q1, %w1, 4, 0x1f": [lane + 4 if lane < 28 else lane for lane in range(32)],
            "down.b32 %w2|%q1, %w1, 1, 0x181f": [lane + 1 if lane % 8 < 7 else lane for lane in range(32)],
        }
        text = HEADER
        for i, operation in enumerate(cases):
            flag = "selp.b32 %w3, 0x100, 0, %q1; or.b32 %w2, %w2, %w3;"
            text += entry(f"k{i}", f"{LOAD} shfl.sync.{operation}, 0xffffffff; {flag} {STORE}")
        library = harness.Library.of_ptx(text)
        for i, (operation, lanes) in enumerate(cases.items()):
            out = bytearray(128)
            self.assertEqual(library.run(f"k{i}", [out, words(*range(32))]), "")
            inside = [
                lane | (0 if lanes[own] == own and "idx" not in operation else 0x100) for own, lane in enumerate(lanes)
            ]
            self.assertEqual(unpacked(out), inside, operation)

    def test_votes_and_reductions(self):
        """Ballot, any, all, sums and minima, of all lanes and of half of them."""
        odd = "and.b32 %w3, %w1, 1; setp.ne.u32 %q1, %w3, 0;"
        cases = {
            odd + "vote.sync.ballot.b32 %w2, %q1, 0xffffffff;": 0xAAAAAAAA,
            odd + "vote.sync.any.pred %q2, %q1, 0xffffffff; selp.b32 %w2, 1, 0, %q2;": 1,
            odd + "vote.sync.all.pred %q2, %q1, 0xffffffff; selp.b32 %w2, 1, 0, %q2;": 0,
            "redux.sync.add.u32 %w2, %w1, 0xffffffff;": 31 * 16,
            "redux.sync.max.s32 %w2, %w1, 0xffffffff;": 31,
            "redux.sync.xor.b32 %w2, %w1, 0xffffffff;": 0,
            "activemask.b32 %w2;": 0xFFFFFFFF,
        }
        library = harness.Library.of_ptx(
            HEADER + "".join(entry(f"k{i}", LOAD + c + STORE) for i, c in enumerate(cases))
        )
        for i, (text, expected) in enumerate(cases.items()):
            out = bytearray(128)
            self.assertEqual(library.run(f"k{i}", [out, words(*range(32))]), "")
            self.assertEqual(unpacked(out), [expected] * 32, text)

    def test_lanes_gather(self):
        """Lanes that come to a shuffle by a longer way are waited for, wherever their blocks lie."""
        body = f"""{LOAD} mov.u32 %w2, 0; setp.lt.u32 %q1, %w1, 16; @%q1 bra FAR;
        NEAR: shfl.sync.bfly.b32 %w2, %w1, 16, 0x1f, 0xffffffff; {STORE} bra END;
        FAR: add.u32 %w1, %w1, 100; bra NEAR;
        END:"""
        library = harness.Library.of_ptx(HEADER + entry("k", body))
        out = bytearray(128)
        self.assertEqual(library.run("k", [out, words(*range(32))]), "")
        self.assertEqual(unpacked(out), [*range(16, 32), *range(100, 116)])


class MatrixTests(unittest.TestCase):
    """mma.sync, ldmatrix, wmma."""

    def product(self, shape, kinds, k, element, to_bits, a, b, c, sums="f"):
        """Runs an mma.sync of matrices given by rows, and gives D by rows."""
        count, below = 32 // element, len(a) // 8  # elements of a register, rows of a lane
        a_registers, b_registers, d_registers = k * element * len(a) // 1024, k * element * 8 // 1024, 2 * below
        group, member = lambda lane: lane // 4, lambda lane: lane % 4

        def pack(values):
            return sum(to_bits(v) << (element * i) for i, v in enumerate(values))

        a_words, b_words, c_words = bytearray(), bytearray(), bytearray()
        for lane in range(32):
            for r in range(a_registers):  # rows g, g + 8, then the same of the second half of k
                row, first = group(lane) + 8 * (r % below), member(lane) * count + (r // below) * 4 * count
                a_words += struct.pack("<I", pack([a[row][first + i] for i in range(count)]))
            for r in range(b_registers):
                first = member(lane) * count + r * 4 * count
                b_words += struct.pack("<I", pack([b[first + i][group(lane)] for i in range(count)]))
            for r in range(d_registers):
                c_words += struct.pack("<" + sums, c[group(lane) + 8 * (r // 2)][member(lane) * 2 + r % 2])
        kind = "f32" if sums == "f" else "s32"
        load = "".join(
            f"mad.wide.u32 %d{8 + i}, %lane, {4 * n}, %d{i + 1};"
            for i, n in enumerate((a_registers, b_registers, d_registers))
        )
        load += "".join(f"ld.global.b32 %w{r}, [%d8+{4 * r}];" for r in range(a_registers))
        load += "".join(f"ld.global.b32 %w{10 + r}, [%d9+{4 * r}];" for r in range(b_registers))
        load += "".join(f"ld.global.b32 %f{r}, [%d10+{4 * r}];" for r in range(d_registers))
        names = ",".join(f"%w{r}" for r in range(a_registers)), ",".join(f"%w{10 + r}" for r in range(b_registers))
        sum_names = "{" + ",".join(f"%f{r}" for r in range(d_registers)) + "}"
        opcode = f"mma.sync.aligned.{shape}.row.col.{kind}.{kinds}.{kinds}.{kind}"
        body = f"{load} {opcode} {sum_names}, {{{names[0]}}}, {{{names[1]}}}, {sum_names};"
        body += f"mad.wide.u32 %d12, %lane, {4 * d_registers}, %d0;"
        body += f"st.global.v{d_registers}.b32 [%d12], {sum_names};"
        library = harness.Library.of_ptx(HEADER + entry("k", body, 4))
        out = bytearray(128 * d_registers)
        self.assertEqual(library.run("k", [out, a_words, b_words, c_words]), "")
        found, d = unpacked(out, sums), [[None] * 8 for _ in a]
        for lane in range(32):
            for r in range(d_registers):
                d[group(lane) + 8 * (r // 2)][member(lane) * 2 + r % 2] = found[d_registers * lane + r]
        return d

    def check(self, shape, kinds, k, element, to_bits, low, high):
        """A product of whole numbers, each of which differs from its neighbours."""
        rows = range(8 if shape.startswith("m8") else 16)
        a = [[low + (7 * m + 3 * i) % (high - low) for i in range(k)] for m in rows]
        b = [[low + (5 * i + 11 * n) % (high - low) for n in range(8)] for i in range(k)]
        sums = "f" if element == 16 or kinds == "tf32" else "i"
        c = [[m * 8 + n for n in range(8)] for m in rows]
        expected = [[c[m][n] + sum(a[m][i] * b[i][n] for i in range(k)) for n in range(8)] for m in rows]
        self.assertEqual(self.product(shape, kinds, k, element, to_bits, a, b, c, sums), expected)

    def test_products(self):
        """The layouts of fragments of each type."""
        half, bfloat = (lambda x: bits_of(x, "f16")), (lambda x: bits_of(x, "bf16"))
        self.check("m16n8k16", "f16", 16, 16, half, -9, 10)
        self.check("m16n8k8", "f16", 8, 16, half, -9, 10)
        self.check("m16n8k16", "bf16", 16, 16, bfloat, -9, 10)
        self.check("m16n8k32", "s8", 32, 8, lambda x: x & 255, -128, 127)
        self.check("m16n8k32", "u8", 32, 8, lambda x: x & 255, 0, 255)
        self.check("m16n8k16", "s8", 16, 8, lambda x: x & 255, -128, 127)
        self.check("m8n8k16", "s8", 16, 8, lambda x: x & 255, -128, 127)
        self.check("m16n8k8", "tf32", 8, 32, lambda x: bits_of(x, "f32"), -9, 10)

    def test_matrix_loads(self):
        """ldmatrix, with and without .trans: matrices of which lane 8 i + r names row r of matrix i."""
        text = HEADER
        for name, transposed in (("plain", ""), ("trans", ".trans")):
            body = f"""mad.wide.u32 %d8, %lane, 16, %d1; ld.global.v4.u32 {{%w1,%w2,%w3,%w4}}, [%d8];
            mov.u32 %w5, tile; mad.lo.u32 %w5, %lane, 16, %w5; st.shared.v4.u32 [%w5], {{%w1,%w2,%w3,%w4}};
            bar.warp.sync 0xffffffff;
            ldmatrix.sync.aligned.m8n8.x4{transposed}.shared.b16 {{%w1,%w2,%w3,%w4}}, [%w5];
            mad.wide.u32 %d9, %lane, 16, %d0; st.global.v4.u32 [%d9], {{%w1,%w2,%w3,%w4}};"""
            text += entry(name, body)
        library = harness.Library.of_ptx(text.replace(HEADER, HEADER + ".shared .align 16 .b8 tile[512];\n", 1))
        rows = [[100 * row + column for column in range(8)] for row in range(32)]
        memory = bytearray(struct.pack("<256H", *(x for row in rows for x in row)))
        for name in ("plain", "trans"):
            out = bytearray(512)
            self.assertEqual(library.run(name, [out, memory]), "")
            found = unpacked(out, "H")
            for lane in range(32):
                for i in range(4):
                    for h in range(2):
                        row, column = lane // 4, lane % 4 * 2 + h
                        expected = rows[8 * i + row][column] if name == "plain" else rows[8 * i + column][row]
                        self.assertEqual(found[8 * lane + 2 * i + h], expected, (name, lane, i, h))

    def test_fragments(self):
        """wmma: A by rows times B by columns, sums in fp32."""

        def registers(first, count, kind="w"):
            return "{" + ",".join(f"%{kind}{first + i}" for i in range(count)) + "}"

        body = f"""wmma.load.a.sync.aligned.row.m16n16k16.global.f16 {registers(0, 8)}, [%d1], 24;
        wmma.load.b.sync.aligned.col.m16n16k16.global.f16 {registers(8, 8)}, [%d2], 16;
        wmma.load.c.sync.aligned.row.m16n16k16.global.f32 {registers(0, 8, "f")}, [%d3], 16;
        wmma.mma.sync.aligned.row.col.m16n16k16.f32.f32
          {registers(8, 8, "f")}, {registers(0, 8)}, {registers(8, 8)}, {registers(0, 8, "f")};
        wmma.store.d.sync.aligned.row.m16n16k16.global.f32 [%d0], {registers(8, 8, "f")}, 16;"""
        library = harness.Library.of_ptx(HEADER + entry("k", body, 4))
        a = [[(3 * m + 5 * i) % 19 - 9 for i in range(24)] for m in range(16)]
        b = [[(7 * i + 2 * n) % 17 - 8 for n in range(16)] for i in range(16)]
        c = [[m - n for n in range(16)] for m in range(16)]
        a_memory = bytearray(struct.pack("<384e", *(x for row in a for x in row)))
        b_memory = bytearray(struct.pack("<256e", *(b[i][n] for n in range(16) for i in range(16))))
        c_memory = bytearray(struct.pack("<256f", *(x for row in c for x in row)))
        out = bytearray(1024)
        self.assertEqual(library.run("k", [out, a_memory, b_memory, c_memory]), "")
        expected = [c[m][n] + sum(a[m][i] * b[i][n] for i in range(16)) for m in range(16) for n in range(16)]
        self.assertEqual(unpacked(out, "f"), expected)


class MemoryTests(unittest.TestCase):
    """Asynchronous copies, atomics, vectors."""

    def test_copies(self):
        """Groups arrive one by one; what is missing of a copy is zero."""
        body = """mov.u32 %w5, tile; mad.lo.u32 %w5, %lane, 16, %w5; mad.wide.u32 %d8, %lane, 16, %d1;
        cp.async.cg.shared.global [%w5], [%d8], 16; cp.async.commit_group;
        cp.async.ca.shared.global [%w5+512], [%d8], 16, 4; cp.async.commit_group;
        cp.async.wait_group 1; ld.shared.v4.u32 {%w1,%w2,%w3,%w4}, [%w5];
        cp.async.wait_group 0; ld.shared.v4.u32 {%w6,%w7,%w8,%w9}, [%w5+512];
        mad.wide.u32 %d9, %lane, 32, %d0; st.global.v4.u32 [%d9], {%w1,%w2,%w3,%w4};
        st.global.v4.u32 [%d9+16], {%w6,%w7,%w8,%w9};"""
        text = HEADER + ".shared .align 16 .b8 tile[1024];\n" + entry("k", body)
        text += entry("early", body.replace("cp.async.wait_group 1;", "cp.async.wait_group 2;"))
        library = harness.Library.of_ptx(text)
        out, given = bytearray(1024), words(*range(128))
        self.assertEqual(library.run("k", [out, given]), "")
        found = unpacked(out)
        for lane in range(32):
            own = list(range(4 * lane, 4 * lane + 4))
            self.assertEqual(found[8 * lane : 8 * lane + 8], [*own, own[0], 0, 0, 0])
        self.assertIn("before cp.async has filled it", library.run("early", [out, given]))

    def test_atomics(self):
        """Sums and exchanges of all items, in both orders of warps."""
        cases = {"add.u32": sum(range(64)), "max.u32": 63, "or.b32": 63, "min.u32": 0, "xor.b32": 0}
        text = HEADER
        for i, operation in enumerate(cases):
            text += entry(f"k{i}", f"{LOAD} red.global.{operation} [%d0], %w1;")
        text += entry("f", f"{LOAD} cvt.rn.f32.u32 %f1, %w1; atom.global.add.f32 %f2, [%d0], %f1;")
        text += entry("cas", f"{LOAD} atom.global.cas.b32 %w2, [%d0], %w1, 77; {STORE.replace('%d0', '%d2')}", 3)
        library = harness.Library.of_ptx(text)
        for backward in (False, True):
            for i, (operation, expected) in enumerate(cases.items()):
                out = bytearray(4)
                self.assertEqual(
                    library.run(f"k{i}", [out, words(*range(64))], items=(64, 1, 1), backward=backward), ""
                )
                self.assertEqual(unpacked(out), [expected], operation)
        out = bytearray(4)
        self.assertEqual(library.run("f", [out, words(*range(64))], items=(64, 1, 1)), "")
        self.assertEqual(unpacked(out, "f"), [rounded(sum(range(64)), "f32")])
        out, before = bytearray(4), bytearray(128)
        self.assertEqual(library.run("cas", [out, words(*range(32)), before]), "")
        self.assertEqual((unpacked(out)[0], unpacked(before)[:2]), (77, [0, 77]))


if __name__ == "__main__":
    unittest.main()
