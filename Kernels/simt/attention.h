// Causal attention with a key-value cache for GPU-type devices: what attention.cl, attention_tiles.cl,
// attention_mma.cl and attention_mma_row.cl share.
//
//   y[m][h*D + d] = sum_j softmax_j(scale * q[m][h] . k[j][h]) v[j][h][d],   j from 0 to the row's own position
//
// qkv            (M, qkvStride) fp32: queries, keys, values of a row, H heads of D channels each
// rows           (M) of int4: slot, position, token (below zero: the last sample), not 0 where attend puts it
// tiles          (...) of int4: first row, rows, slot, first position; the rows' positions follow one another
// table          (slots, B): the pages of 64 positions that a slot's positions lie in
// ended          (slots): not 0 where the slot's sequence has ended; its last samples are left out, y stays as it was
// keys, values   (pages, H, 64, D); masked positions are not loaded: pages hold what their last owners left behind
// found          (rows of all work-groups, H, P, D + 2) fp32: what attention to each of P pages gives by itself: its
//                weighted sum of values, largest score, and sum of exponentials
// arrivals       (work-groups of a chunk): 0 between two launches
// y              (M, yStride) fp32
//
//     pages of a row  |  0  |  1  |  2  |  3  |  4  |    a chunk: `pagesEach` of them, for a work-group
//                     `-----------'-----------'-----'
//     each by itself    found  found found ...           folded from page 0 on: by the group that comes last, or, on
//                                                        its way, by one that has all pages
//
// Sums have two orders: attention_mma.cl's, and that of the others, in which a page's are as follows. A score is the
// sum of those of runs of KEY_V channels, 16 bytes of a key. The exponentials are added in 8 parts of 8 positions, the
// values in PAGE/KEY_TEAM parts of KEY_TEAM positions. Each of these begins at 0, and they are added in their order. So
// neither the rest of the tile nor the chunks change a number.
// Sources: Milakov and Gimelshein 2018 (online softmax); Dao et al. 2022 (tiling), 2023 (chunks of the context).

#pragma once
#include "common/cache.h"
#include "common/prelude.h"
#include "simt/exchange.h"

#ifndef D
#define D 64  // channels of a head
#endif

#if CACHE_TYPE == TYPE_F32
#define KEY_V 4  // elements in 16 bytes
#define CACHE_BITS uint
#else
#define KEY_V 8
#define CACHE_BITS ushort
#endif
#define RUNS ((D + KEY_V - 1) / KEY_V)  // of a key
// A power of two: items that share a position, and positions of a part whose values are added in their order.
#define KEY_TEAM \
  (RUNS <= 1 ? 1 : RUNS <= 2 ? 2 : RUNS <= 4 ? 4 : RUNS <= 8 ? 8 : RUNS <= 16 ? 16 : RUNS <= 32 ? 32 : 64)
#define ND ((D + PAGE - 1) / PAGE)  // channels of an item's sums, PAGE apart

/// KEY_V elements from channel `d` on, zeros behind the last.
INLINE uint4 load_key_run(__global const CACHE* from, const int d) {
#if D % KEY_V == 0
  return *(__global const uint4*)(from + d);
#else
  CACHE_BITS run[KEY_V];
  UNROLL for (int i = 0; i < KEY_V; i++) run[i] = d + i < D ? ((__global const CACHE_BITS*)from)[d + i] : 0;
  return as_uint4(JOIN(vload, KEY_V)(0, run));
#endif
}

INLINE void widen_run(const uint4 run, float values[KEY_V]) {
#if CACHE_TYPE == TYPE_F32
  vstore4(as_float4(run), 0, values);
#else
  vstore8(vload_half8(0, (const half*)&run), 0, values);
#endif
}

/// What the sums so far, and those of a page whose largest score is `own`, are multiplied with before they are added.
/// To the bit 1 where the largest is theirs.
INLINE float2 fold(float* largest, const float own) {
  const float before = *largest, both = fmax(before, own), other = exp(fmin(before, own) - both);
  *largest = both;
  return (float2)(before == both ? 1.0f : other, own == both ? 1.0f : other);
}

/// y = the attention to `pages` pages of a row, of which `found` is what was found. Every item of `items` must call it.
INLINE void fold_pages(volatile __global float* found, const int pages, __local float2* heads, __global float* y,
                       const int items) {
  const int item = ITEM;
  for (int firstChannel = 0; firstChannel < D; firstChannel += items) {
    const int d = firstChannel + item;
    float largest = -INFINITY, total = 0.0f, sum = 0.0f;
    for (int first = 0; first < pages; first += items) {
      const int count = min(items, pages - first);
      barrier(CLK_LOCAL_MEM_FENCE);
      if (item < count) {
        volatile __global float* head = found + (size_t)(first + item) * (D + 2) + D;
        heads[item] = (float2)(get(head), get(head + 1));
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int i = 0; i < count; i += 4) {
        float sums[4];
        UNROLL for (int j = 0; j < 4; j++)
          sums[j] = d < D && i + j < count ? get(found + (size_t)(first + i + j) * (D + 2) + d) : 0.0f;
        UNROLL for (int j = 0; j < 4; j++)
          if (i + j < count) {
            const float2 factors = fold(&largest, heads[i + j].x);
            total = fma(total, factors.x, heads[i + j].y * factors.y);
            sum = fma(sum, factors.x, sums[j] * factors.y);
          }
      }
    }
    if (d < D) y[d] = sum / total;
    // Or compilers merge this store with the kernel's other, before which there is no barrier: PoCL 3.1 then takes the
    // first item's d < D for all, and the others write zeros over the next heads.
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}
