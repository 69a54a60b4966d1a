"""What instructions of PTX are."""

import unittest
from collections import Counter

import rounded
from prediction.capture import EMULATOR  # which makes the translator importable
from prediction.chain.code import Code
from prediction.chain.operation import COPY, LOAD
from translator.control_flow import basic_blocks
from translator.operands import Operands
from translator.parsing import Module

assert rounded and EMULATOR

PTX = """.version 7.0
.target sm_80
.address_size 64
.visible .entry f(.param .u64 .ptr .global .align 16 f_param_0, .param .u64 .ptr .global .align 4 f_param_1,
  .param .u32 f_param_2)
{
.reg .b32 %r<9>; .reg .f32 %f<9>; .reg .b64 %rd<9>; .reg .pred %p<2>;
ld.param.u64 %rd1, [f_param_0];
ld.param.u64 %rd2, [f_param_1];
cvta.to.global.u64 %rd3, %rd1;
LOOP:
ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd3+16];
ld.global.f32 %f1, [%rd2];
cp.async.cg.shared.global [%r5], [%rd3], 16;
cp.async.commit_group;
cp.async.wait_group 1;
mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4},
  {%r1, %r2, %r3, %r4}, {%r1, %r2}, {%f1, %f2, %f3, %f4};
ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1, %r2, %r3, %r4}, [%r5];
st.global.f32 [%rd2], %f1;
setp.lt.u32 %p1, %r1, %r2;
@%p1 bra LOOP;
ret;
}
"""


class CodeTests(unittest.TestCase):
    """What instructions of PTX are."""

    def test_kinds(self):
        """Loads know their argument; sizes, accesses and FLOP are right."""
        module = Module(PTX)
        entry = module.entries[0]
        blocks, _ = basic_blocks(Operands(module, entry, {}), entry)
        code = Code.of_entry(entry, blocks)
        loads = Counter()
        for operation in (operation for block in code.blocks for operation in block):
            if operation.kind in (LOAD, COPY):
                loads[operation.argument] += operation.size
        self.assertEqual(loads, Counter({0: 32, 1: 4}))
        self.assertEqual(sum(sums.flop for sums in code.sums), 2 * 16 * 8 * 16)
        self.assertEqual(sum(sums.accesses for sums in code.sums), 4 + 4)
        self.assertEqual(sum(sums.stores for sums in code.sums), 4)
        self.assertEqual(sum(sums.instructions for sums in code.sums), 12)


if __name__ == "__main__":
    unittest.main()
