// Attention on tensor cores: what attention_mma.cl and attention_mma_row.cl share. Keys and values are fp16.
// No kernel: others include it.

#pragma once
#include "common/exponential.cl"
#include "simt/attention.h"
#include "simt/mma.h"

#if DOT_UNIT == DOT_MMA
#define KEY_QUARTETS ((RUNS + 3) / 4)  // runs of a key that four lanes have
#define OCTETS ((RUNS + 7) / 8)    // runs of a value that eight lanes have
#define PAGE_BLOCKS (PAGE / 16)         // mma's along a page
#define UNIT 4096.0f  // of weights

/// A score's weight, where `most` is the largest: without a branch, so that a lane's go side by side. Of -INFINITY it
/// is 0, even where nothing is larger.
INLINE float weight(const float score, const float most) {
  return exponential(score - (most == -INFINITY ? 0.0f : most)) * UNIT;
}

/// A run of numbers, zeros behind the last channel; `isThere`: else all are.
INLINE void load_numbers(__global const float* from, const int run, const int isThere, float x[8]) {
#if D % KEY_V == 0
  UNROLL for (int i = 0; i < 2; i++)
    vstore4(isThere && run < RUNS ? ((__global const float4*)(from + 8 * run))[i] : (float4)(0.0f), i, x);
#else
  UNROLL for (int i = 0; i < 8; i++) x[i] = isThere && 8 * run + i < D ? from[8 * run + i] : 0.0f;
#endif
}

/// Numbers in fp16, as the cache's.
INLINE uint4 round_run(const float x[8]) {
  uint pairs[4];
  UNROLL for (int i = 0; i < 4; i++) pairs[i] = pair_of_halves((float2)(x[2 * i], x[2 * i + 1]));
  return (uint4)(pairs[0], pairs[1], pairs[2], pairs[3]);
}

/// A run of a position of a page, behind the `count` first ones that of the last again, or where there are none the
/// page's last, which nobody uses: a load that depends on a branch waits for it. Zeros behind the last channel.
INLINE uint4 fetch_run(__global const CACHE* from, const int position, const int count, const int run) {
  const uint4 found = load_key_run(from + (min(position, count - 1) & (PAGE - 1)) * D, min(run, RUNS - 1) * KEY_V);
  return run < RUNS ? found : (uint4)(0);
}

/// The largest, or the sum, of a number of the four lanes that share a row.
#define OF_ROW(x, TAKE) \
  UNROLL for (int distance = 1; distance < 4; distance *= 2) x = TAKE(x, as_float(shuffle_xor(as_uint(x), distance)))
#endif
