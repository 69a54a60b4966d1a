// The same products of bf16 pairs by a dot unit and by multiply-adds in fp32, in registers: which takes less time?
//
//   y = the sum over lanes and chains of rounds times a.low b.low + a.high b.high
//
// y    (1) fp32
// a, b pairs of bf16, the first in the low half
//
// One work-item.  16 lanes x CHAINS sums, none of which waits for another.

#include "common/prelude.h"
#include "simd/dot_unit.h"

#define CHAINS 16

#if DOT_UNIT == DOT_PORTABLE  // multiply-adds in fp32
#undef DOT
#define DOT(sum, a, b)                                       \
  sum = fma(as_float16(a << 16), as_float16(b << 16), sum);  \
  sum = fma(as_float16(a & 0xFFFF0000u), as_float16(b & 0xFFFF0000u), sum)
#endif

__kernel void multiply_pairs(__global float* restrict y, const uint a, const uint b, const int rounds) {
  const uint16 left = a, right = b;
  float16 sums[CHAINS];
  UNROLL for (int chain = 0; chain < CHAINS; chain++) sums[chain] = 0.0f;
  for (int round = 0; round < rounds; round++) {
    UNROLL for (int chain = 0; chain < CHAINS; chain++) {
      DOT(sums[chain], left, right);
    }
  }
  float16 total = 0.0f;
  UNROLL for (int chain = 0; chain < CHAINS; chain++) total += sums[chain];
  float lanes[16], sum = 0.0f;
  vstore16(total, 0, lanes);
  for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
  *y = sum;
}
