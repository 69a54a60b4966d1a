// Operands of products with bf16, int8 or int4 weights, for GPU-type devices: rows of activations, rounded.
//
// Formulas and buffers as in simd/quantize.cl, with pairs of bf16; xStride is a multiple of 4.
//
// Global size (LOCAL * ceil(groups * ITEMS/LOCAL), M), groups = ceil(K/GROUP), local (LOCAL, 1, 1), LOCAL = ROUNDED *
// ITEMS: an item takes a run of GROUP/ITEMS values.
// Other kernels of the family round their own rows by quantize_run.

#pragma once
#include "common/packed.h"
#include "common/prelude.h"

#if ROUNDS  // products of other weights take activations as they are
#define ITEMS 8  // neighbours in a work-group, which round a group of a row together
#define ROUNDED 8  // groups of a row that a work-group of `quantize` rounds
#define RUN (GROUP / ITEMS)  // values of an item: a multiple of 4
#define RUN_WORDS (INTEGERS ? RUN / 4 : RUN / 2)  // of an operand
#define SPAN_ITEMS (SPAN / RUN)  // neighbours that have a span
#define SHARED(items) (INTEGERS ? 2 * (items) : 1)  // words of local memory for a work-group of `items`

/// The values of a row from `k` on, zeros beyond K.
inline void load_run(__global const float* x, const int k, const int K, float values[RUN]) {
  if (k + RUN <= K)
    for (int i = 0; i < RUN / 4; i++) vstore4(((__global const float4*)(x + k))[i], i, values);
  else
    for (int i = 0; i < RUN; i++) values[i] = k + i < K ? x[k + i] : 0.0f;
}

/// Rounds the item's run of the group that ITEMS neighbours have between them. For integers the result is the group's
/// scale and offset, and for int4 the offset of the item's span. Every item of the work-group must call it.
inline uint3 quantize_run(const float values[RUN], uint words[RUN_WORDS], __local uint* shared, const int items) {
#if WEIGHT_TYPE == TYPE_BF16
  for (int i = 0; i < RUN_WORDS; i++) {
    const uint2 pair = (uint2)(as_uint(values[2 * i]), as_uint(values[2 * i + 1]));
    // The carry would turn some NaNs into zeros: they stay as they are, but quiet.
    const uint2 rounded = select(pair + 0x7FFFu + (pair >> 16 & 1u), pair | 0x400000u, pair << 1 > 0xFF000000u);
    words[i] = rounded.x >> 16 | (rounded.y & 0xFFFF0000u);
  }
  return (uint3)(0);
#else
  const int item = (int)get_local_id(0), first = item / ITEMS * ITEMS;
  __local uint* magnitudes = shared;
  __local int* sums = (__local int*)shared + items;
  uint largest = 0;  // as bits, which order magnitudes, NaN above all
  for (int i = 0; i < RUN; i++) largest = max(largest, as_uint(values[i]) & 0x7FFFFFFFu);
  magnitudes[item] = largest;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < ITEMS; i++) largest = max(largest, magnitudes[first + i]);
  const float magnitude = as_float(largest);
  const float inverse = magnitude > 1e-30f ? 127.0f / magnitude : 0.0f;  // below, the reciprocal may overflow

  int sum = 0;
  for (int i = 0; i < RUN_WORDS; i++) {
    words[i] = 0;
    for (int j = 0; j < 4; j++) {
      const int q = as_int(values[4 * i + j] * inverse + ROUNDER) - ROUNDER_BITS;
      sum += q;
      words[i] |= ((uint)q & 0xFFu) << (8 * j);
    }
  }
  sums[item] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);  // behind it nobody reads magnitudes any more: they may be written again
  sum = 0;
  for (int i = 0; i < ITEMS; i++) sum += sums[first + i];
  int ofSpan = 0;
  if (WEIGHT_TYPE == TYPE_INT4)
    for (int i = 0; i < SPAN_ITEMS; i++) ofSpan += sums[item / SPAN_ITEMS * SPAN_ITEMS + i];
  return (uint3)(as_uint(magnitude / 127.0f), as_uint(-128 * sum), as_uint(-8 * ofSpan));
#endif
}

/// Rounds group `g` of `groups` of a row, as quantize_run; nothing is written where g is not below `groups`.
inline void quantize_group(const float values[RUN], __global uint* operand, const int g, const int groups,
                           __local uint* shared, const int items) {
  uint words[RUN_WORDS];
  const uint3 head = quantize_run(values, words, shared, items);
  const int lane = (int)get_local_id(0) % ITEMS;
  if (g < groups) {
    if (INTEGERS) {
      if (lane == 0) vstore2(head.xy, g, operand);
      if (WEIGHT_TYPE == TYPE_INT4 && lane % SPAN_ITEMS == 0)
        operand[SPAN_OFFSETS(groups) + g * SPANS + lane / SPAN_ITEMS] = head.z;
      operand += 2 * groups;
    }
    for (int i = 0; i < RUN_WORDS; i++) operand[(g * ITEMS + lane) * RUN_WORDS + i] = words[i];
  }
}

__kernel __attribute__((reqd_work_group_size(ROUNDED * ITEMS, 1, 1)))
void quantize(__global const float* restrict x, __global uint* restrict operand, const int K, const int xStride,
              const int stride) {
  __local uint shared[SHARED(ROUNDED * ITEMS)];
  const size_t m = get_global_id(1);
  const int run = (int)get_global_id(0);
  float values[RUN];
  load_run(x + m * xStride, run * RUN, K, values);
  quantize_group(values, operand + m * stride, run / ITEMS, GROUPS(K), shared, ROUNDED * ITEMS);
}
#endif
