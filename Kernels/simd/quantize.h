// Operands of products with bf16, int8 or int4 weights, for CPU-type devices: rows of activations, rounded.
//
//   bf16: to nearest even; pairs in k, the even one in the low half, or numbers widened to fp32 again
//   int8, int4: x is scale * q, q a signed byte, in groups of GROUP values of k: scale = max |x| / 127 of the group
//
// x        (M, xStride) fp32
// operand  (M, stride) uint, of ceil(K/GROUP) groups
//            bf16  GROUP/2 pairs a group, or GROUP numbers
//            int8  pairs {scale as fp32, -128 * sum of the group's q} of all groups, then GROUP/4 quads in k a group
//            int4  the same, so that the head takes it, then GROUP/SPAN numbers a group: -8 * sum of a span's q
//
// A NaN or an infinity becomes its group's scale, so that it shows in every sum.

#pragma once
#include "common/packed.h"
#include "common/prelude.h"
#include "simd/lanes.h"

#ifndef OPERAND_TYPE  // of bf16 pairs, or numbers in fp32; of int8 quads
#if INTEGERS
#define OPERAND_TYPE TYPE_INT8
#else
#define OPERAND_TYPE TYPE_F32
#endif
#endif

#if ROUNDS  // products of other weights take activations as they are
#define VECTORS (GROUP / 16)  // of a group

/// Sixteen values of a row from `k` on, zeros beyond K.
inline float16 load_filled(__global const float* x, int k, int K) {
  if (k + 16 <= K) return vload16(0, x + k);
  float lanes[16];
  for (int i = 0; i < 16; i++) lanes[i] = k + i < K ? x[k + i] : 0.0f;
  return vload16(0, lanes);
}

#if WEIGHT_TYPE == TYPE_BF16
/// bf16 numbers in the high halves. The carry would turn some NaNs into zeros: they stay as they are, but quiet.
inline uint16 round16(float16 x) {
  const uint16 bits = as_uint16(x);
  const uint16 rounded = bits + 0x7FFFu + (bits >> 16 & 1u);
  return select(rounded, bits | 0x400000u, bits << 1 > 0xFF000000u) & 0xFFFF0000u;
}

/// Rounds group `g` of `groups` of a row.
inline void quantize_group(const float16 values[VECTORS], __global uint* operand, int g, int groups) {
#if OPERAND_TYPE == TYPE_F32
  UNROLL for (int i = 0; i < VECTORS; i++) vstore16(round16(values[i]), i, operand + g * GROUP);
#else
  __global ushort* to = (__global ushort*)operand + g * GROUP;
  UNROLL for (int i = 0; i < VECTORS; i++) vstore16(convert_ushort16(round16(values[i]) >> 16), i, to);
#endif
}
#else
/// Rounds group `g` of `groups` of a row.
inline void quantize_group(const float16 values[VECTORS], __global uint* operand, int g, int groups) {
  uint16 largest = 0;  // as bits, which order magnitudes, NaN above all
  UNROLL for (int i = 0; i < VECTORS; i++) largest = max(largest, as_uint16(values[i]) & 0x7FFFFFFFu);
  const float magnitude = as_float(max16_uint(largest));
  const float inverse = magnitude > 1e-30f ? 127.0f / magnitude : 0.0f;  // below, the reciprocal may overflow
  __global uchar* to = (__global uchar*)(operand + 2 * groups) + g * GROUP;
  int16 sum = 0;
#if WEIGHT_TYPE == TYPE_INT4
  __global uint* offsets = operand + SPAN_OFFSETS(groups) + g * SPANS;
  int16 before = 0;
#endif
  UNROLL for (int i = 0; i < VECTORS; i++) {
    const int16 q = as_int16(values[i] * inverse + ROUNDER) - ROUNDER_BITS;
    sum += q;
    vstore16(convert_uchar16(as_uint16(q) & 0xFFu), i, to);
#if WEIGHT_TYPE == TYPE_INT4
    if ((i + 1) % (SPAN / 16) == 0) {
      offsets[i / (SPAN / 16)] = as_uint(-8 * sum16_int(sum - before));
      before = sum;
    }
#endif
  }
  operand[2 * g] = as_uint(magnitude / 127.0f);
  operand[2 * g + 1] = as_uint(-128 * sum16_int(sum));
}
#endif
#endif
