"""Instructions that only later GPUs have: what ptxas would refuse for an earlier one (PTX ISA, "Target ISA Notes")."""

import re

from .ptx_types import Unsupported

# The opcodes, and the first target that has them.
FIRST_TARGETS = [
    (r"dp[24]a\.", 61),
    (r"wmma\.", 70),
    (r"wmma\..*\.(s8|u8)\b", 72),
    (r"wmma\..*\.bf16\b", 80),
    (r"ldmatrix\.", 75),
    (r"mma\.sync.*\.m8n8k16\.", 75),
    (r"mma\.sync.*\.m16n8k8\..*\.f16\.f16\.", 75),
    (r"mma\.sync.*\.m16n8k(16|32)\.", 80),
    (r"mma\.sync.*\.(bf16|tf32)\b", 80),
    (r"cp\.async\.", 80),
    (r"redux\.", 80),
    (r"cvt\.rn(\.relu)?\.(f16x2|bf16x2|bf16)\.f32", 80),
    (r"(fma|min|max)(\.\w+)*\.bf16(x2)?\b", 80),
    (r"(add|sub|mul)(\.\w+)*\.bf16(x2)?\b", 90),
    (r"tanh\.approx|ex2\.approx(\.ftz)?\.f16", 75),
    (r"(min|max)(\.\w+)*\.f16", 80),
]


def check_target(instruction, target):
    """Refuses an instruction that a GPU of the target, such as 75, does not have."""
    for pattern, first in FIRST_TARGETS:
        if first > target and re.match(pattern, instruction.opcode):
            raise Unsupported(
                f"line {instruction.line} of the PTX: '{instruction.opcode}' requires sm_{first} or higher, "
                f"the device is sm_{target}"
            )
