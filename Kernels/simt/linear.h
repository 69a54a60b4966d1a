// Linear layer for GPU-type devices: what linear_few.cl and linear_tiles.cl share.
//
//   s = sum_k x[m][k] w[k][n] + bias[n];    then by epilogue y[m][n] = s,  = ACTIVATION(s)  or  += s
//
// x, w, bias, y  laid out as in simd/linear.cl; no row from M on is read or written
//
// A step is what a 32-bit word of x holds: one k, for bf16 a pair of them, for int8 a quad.
//
// Both take a sum in the same order, which depends on K alone:
//
//   K        |<------------------- steps ------------------->|
//   slices   |       0       |       1       |  ...          |    added in their order
//   parts    | 0 | 1 |  ...  | 0 | 1 |  ...  |               |    SLICE_PARTS a slice, added in their order
//   steps    part_steps() a part, added in their order
//
// Of integers a slice is a group, whose sum is exact, times its scales; in int4 a part is a span, times its multiplier.
// So a row's result depends neither on its company nor on TM, WIDTH, SLICES and how many work-groups share K.

#pragma once
#include "common/activation.cl"
#include "common/packed.h"
#include "common/prelude.h"

#ifndef DOT_UNIT
#define DOT_UNIT DOT_PORTABLE  // what multiplies int8: that, DOT_KHR_INTEGER, DOT_DP4A, DOT_XMX or DOT_WMMA
#endif

#ifndef DOT_FORM
#define DOT_FORM 0  // of DOT_XMX: few rows by cl_khr_integer_dot_product, or as 1 by the language's own types
#endif

#if WEIGHT_TYPE == TYPE_F16
#define V 8  // columns in 16 bytes of weights
#else
#define V 4
#endif
#define ROLLED _Pragma("unroll 1")  // what takes too many registers when trips of a loop are mixed
#define CHUNKS (PANEL / V)    // 16 bytes each, of a panel's step
#define LEAST_PART 8          // steps: parts are that times a power of two
#define MOST_PARTS 256        // for which they grow
#define GROUP_CHUNKS (GROUP_WORDS / 4)  // of a panel, where a group's scale stands before its steps
#define CHUNK_STEPS (WEIGHT_TYPE == TYPE_INT4 ? 2 : 1)  // whose weights are in a chunk

#if !ROUNDS
#define OPERAND float
#define STEPS(K) (K)
#define HEAD(steps) 0
#elif WEIGHT_TYPE == TYPE_BF16
#define OPERAND uint
#define STEPS(K) (((K) + 1) / 2)
#define HEAD(steps) 0
#else
#define OPERAND uint
#define STEPS(K) (GROUPS(K) * QUADS)
#define HEAD(steps) (2 * ((steps) / QUADS))  // words of a row before its steps: the scales and offsets of its groups
#if DOT_UNIT == DOT_KHR_INTEGER || (DOT_UNIT == DOT_XMX && DOT_FORM == 0)
#define DOT(sum, a, b) ((sum) + dot_4x8packed_us_int(b, a))
#elif DOT_UNIT == DOT_WMMA
#define DOT(sum, a, b) __builtin_amdgcn_sudot4(1, a, 0, b, sum, 0)
#elif DOT_UNIT == DOT_DP4A
#define DOT(sum, a, b) dp4a(b, a, sum)
/// The sum, and the products of four unsigned bytes with four signed ones: NVIDIA's instruction.
inline int dp4a(uint columns, uint operand, int sum) {
  int result;
  __asm__("dp4a.u32.s32 %0, %1, %2, %3;" : "=r"(result) : "r"(columns), "r"(operand), "r"(sum));
  return result;
}
#else
#define SIGNED(a, i) ((int)((a) << (24 - 8 * (i))) >> 24)
#define UNSIGNED(b, i) ((int)((b) >> (8 * (i)) & 0xFFu))
#define DOT(sum, a, b)                                                                                      \
  ((sum) + SIGNED(a, 0) * UNSIGNED(b, 0) + SIGNED(a, 1) * UNSIGNED(b, 1) + SIGNED(a, 2) * UNSIGNED(b, 2) +  \
   SIGNED(a, 3) * UNSIGNED(b, 3))
#endif
#endif

// What a sum of products is held in, before it is added to the row's sum: one of a part, or of a group.
#if INTEGERS
#define EXACT int
#define EXACT4 int4
#define MULTIPLY(sum, a, b) \
  sum = (int4)(DOT((sum).x, a, (b).x), DOT((sum).y, a, (b).y), DOT((sum).z, a, (b).z), DOT((sum).w, a, (b).w))
#define SLICE_PARTS (QUADS / LEAST_PART)
#else
#define EXACT float
#define EXACT4 float4
#define SLICE_PARTS 8
#if WEIGHT_TYPE == TYPE_BF16
#define MULTIPLY(sum, a, b)                                                              \
  do {                                                                                   \
    sum = fma((float4)(as_float((a) << 16)), as_float4((b) << 16), sum);                 \
    sum = fma((float4)(as_float((a) & 0xFFFF0000u)), as_float4((b) & 0xFFFF0000u), sum); \
  } while (0)
#else
#define MULTIPLY(sum, a, b) sum = fma((float4)(a), as_float4(b), sum)
#endif
#endif

/// The length of a part.
inline int part_steps(int steps) {
  int part = LEAST_PART;
  if (!INTEGERS)
    while (part * MOST_PARTS < steps) part *= 2;
  return part;
}

/// V columns of a chunk's step as words for MULTIPLY, four a vector.
inline void unpack(uint4 chunk, int step, uint4* words) {
#if WEIGHT_TYPE == TYPE_INT4
  words[0] = chunk >> (uint)(4 * step) & 0x0F0F0F0Fu;
#elif WEIGHT_TYPE == TYPE_F16
  const float8 columns = vload_half8(0, (const half*)&chunk);
  words[0] = as_uint4(columns.lo);
  words[1] = as_uint4(columns.hi);
#else
  words[0] = chunk;
#endif
}

/// Four columns' sums of the `span`-th span of a group, with an operand's offset, times their multipliers.
inline int4 multiples(int4 sum, int offset, uint4 multipliers, int span) {
  return (sum + (int4)(offset)) * (as_int4(multipliers << (uint)(24 - 8 * span)) >> 24);
}

/// The first chunk of a step.
inline __global const uint4* step_chunks(__global const uint4* panel, int step) {
#if INTEGERS
  return panel + (size_t)(step / QUADS) * GROUP_CHUNKS + GROUP_HEAD / 4 + step % QUADS / CHUNK_STEPS * CHUNKS;
#else
  return panel + (size_t)step * CHUNKS;
#endif
}

/// The chunks of a panel.
inline size_t panel_chunks(int steps) {
#if INTEGERS
  return (size_t)(steps / QUADS) * GROUP_CHUNKS;
#else
  return (size_t)steps * CHUNKS;
#endif
}

/// What becomes of a sum; `before` is what y was, where that is wanted.
inline float finish(float sum, float before, int epilogue) {
  if (epilogue == EPILOGUE_ACTIVATION) return ACTIVATION(sum);
  return epilogue == EPILOGUE_RESIDUAL ? sum + before : sum;
}

inline void store(__global float* y, float sum, int epilogue) {
  *y = finish(sum, epilogue == EPILOGUE_RESIDUAL ? *y : 0.0f, epilogue);
}
