#!/usr/bin/env python3
"""What the emulated GPU writes down of a launch: groups, basic blocks with their lanes, barriers; of some groups."""

import os
import tempfile
import unittest

import harness

PTX = """.version 7.0
.target sm_80
.address_size 64
.visible .entry f(.param .u64 .ptr .global .align 4 f_param_0)
{
.reg .b32 %r<9>; .reg .b64 %rd<3>; .reg .pred %p<3>;
mov.u32 %r1, %tid.x;
mov.u32 %r2, 0;
LOOP:
add.s32 %r2, %r2, 1;
setp.lt.u32 %p1, %r2, 3;
@%p1 bra LOOP;
setp.gt.u32 %p2, %r1, 4;
@%p2 bra END;
add.s32 %r3, %r1, 1;
END:
bar.sync 0;
ret;
}
"""


class TraceTests(unittest.TestCase):
    """Traces."""

    def lines(self, groups=(8, 1, 1), ptx=PTX, size=4, **options):
        """The lines of a launch's trace, of groups of 40 items, with a buffer of `size` bytes."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace")
            library = harness.Library.of_ptx(ptx)
            report = library.run("f", [bytearray(size)], groups=groups, items=(40, 1, 1), trace=path, **options)
            self.assertEqual(report, "")
            with open(path) as file:
                return file.read().split("\n")[:-1]

    def test_blocks_and_lanes(self):
        """Three trips of the loop by all lanes; the block behind it by those of items 0 to 4."""
        lines = self.lines()
        self.assertEqual([line for line in lines if line.startswith("group")], [f"group {i}" for i in range(8)])
        own = lines[1 : lines.index("group 1")]
        of_warps = [[line for line in own if line.startswith(f"{warp} ")] for warp in (0, 1)]
        loops = [max(set(of_warp), key=of_warp.count) for of_warp in of_warps]
        self.assertEqual([of_warp.count(loop) for of_warp, loop in zip(of_warps, loops)], [3, 3])
        self.assertEqual([loop.split()[2] for loop in loops], ["32", "8"])
        self.assertEqual(sum(line.endswith(" 5") for line in of_warps[0]), 1)
        self.assertEqual(own.count("barrier"), 2)  # and one at the end

    def test_sectors_read(self):
        """40 items read 4 bytes each, from byte 16 on: 6 sectors of 32 bytes, once a group."""
        body = """ld.param.u64 %rd1, [f_param_0];
mul.wide.u32 %rd2, %r1, 4;
add.s64 %rd2, %rd2, %rd1;
ld.global.u32 %r4, [%rd2+16];
ld.global.u32 %r4, [%rd2+16];
mov.u32 %r2, 0;"""
        lines = self.lines(groups=(2, 1, 1), ptx=PTX.replace("mov.u32 %r2, 0;", body), size=256)
        self.assertEqual([line for line in lines if line.startswith("read")], ["read 0 6"] * 2)

    def test_some_groups(self):
        """Two of eight: the first, and from the middle of the other half."""
        lines = self.lines(sample=2)
        self.assertEqual([line for line in lines if line.startswith("group")], ["group 0", "group 6"])

    def test_groups_that_may_wait_for_each_other(self):
        """Two pairs of four; where there is no room for two pairs, one; where a row is too long, any groups."""
        for sample, groups, expected in (
            (4, (2, 4, 1), [0, 1, 6, 7]),
            (3, (2, 4, 1), [0, 1]),
            (2, (8, 1, 1), [0, 6]),
        ):
            lines = self.lines(groups, sample=sample)
            self.assertEqual([line for line in lines if line.startswith("group")], [f"group {i}" for i in expected])


if __name__ == "__main__":
    unittest.main()
