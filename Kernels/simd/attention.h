// Causal attention with a key-value cache for CPU-type devices: online softmax over blocks of 64 positions.
//
//   y[m][h*D + d] = sum_j softmax_j(scale * q[m][h] . k[j][h]) v[j][h][d],   j from 0 to the row's own position
//
// qkv     (M, qkvStride) fp32: queries, keys, values of a row, H heads of D channels each
// rows    (M) of int4: slot, position, token (below zero: the slot's last sample), not 0 where attend_one appends it
// table   (slots, B): the pages of 64 positions that a slot's positions lie in
// ended   (slots): not 0 where the slot's sequence has ended; its rows of last samples are left out, y stays as it was
// keys    (pages, H, 4, D, 16): 16 positions side by side, so that one vector holds a channel of 16 keys
// values  (pages, H, 64, DP), DP = D rounded up to 16
// tiles   (…) of int4: first row, rows (1 to TQ), slot, position of the first row; the others follow it
// y       (M, yStride) fp32; attend_one puts its t-th tile's row into row t where `compact`, else into the row's own
// operand (M, yStride) y as quantize.cl quantizes it, in its place where QUANTIZES
//
// One row meets each key and value once, so attend_one is bound by memory: it takes a block of all its heads before the
// next block, because those lie one behind the other, and fetches ahead. Rows of a prompt share their loads.
// Pages hold numbers of their last owners, of any value: scores of masked positions are replaced, not multiplied,
// and values behind a tile's last position are not loaded.
// A row's sums are formed block by block from position 0: neither TQ, HG nor the rest of the tile changes them.
// Source: Milakov and Gimelshein 2018 (online softmax); Dao et al. 2022 (tiling).

#pragma once
#include "common/cache.h"
#include "common/exponential.cl"
#include "common/prelude.h"
#include "simd/lanes.h"
#include "simd/quantize.h"

#ifndef D
#define D 64  // channels of a head
#endif
#ifndef HG
#define HG 1  // heads of a work-item of attend_one: 64 (D + 16) bytes of private memory each
#endif
#ifndef QUANTIZES
#define QUANTIZES 0  // 1, for attend_one: spares a kernel; HG * D and H * D are then multiples of GROUP
#endif
#define DP ((D + 15) / 16 * 16)
#define DV (DP / 16)

#if CACHE_TYPE == TYPE_F32
#define WORD uint  // as many bits
#define CACHE16(p) vload16(0, p)
#define STORE16(x, p) vstore16(x, 0, p)
#else
#define WORD ushort
#define CACHE16(p) vload_half16(0, p)
#define STORE16(x, p) vstore_half16_rte(x, 0, p)
#endif

/// Fetches the D values of a position, or as many bytes, that are needed soon.
inline void fetchPosition(__global const CACHE* p) {
  UNROLL for (int i = 0; i < (DP * (int)sizeof(CACHE) + 63) / 64; i++) FETCH((__global const char*)p + 64 * i);
}

/// Writes the D keys and values of a row's head at a position of its block of 64.
inline void put(__global const float* k, __global const float* v, __global CACHE* keys, __global CACHE* values,
                const int offset) {
  keys += offset / 16 * 16 * D + offset % 16;
  values += offset * DP;
  __global WORD* words = (__global WORD*)keys;
  for (int d = 0; d < D / 16 * 16; d += 16) {
    STORE16(vload16(0, v + d), values + d);
    WORD lanes[16];
    STORE16(vload16(0, k + d), (CACHE*)lanes);
    UNROLL for (int i = 0; i < 16; i++) words[(d + i) * 16] = lanes[i];
  }
  for (int d = D / 16 * 16; d < D; d++) {
    STORE(v[d], d, values);
    STORE(k[d], d * 16, keys);
  }
}

/// Writes the keys and values of a head of the rows up to `end`, but those of attend_one.
inline void append_head(__global const float* qkv, __global const int4* rows, __global const int* table,
                        __global CACHE* keys, __global CACHE* values, const int firstRow, const int end, const int H,
                        const int B, const int qkvStride, const size_t h) {
  for (int m = firstRow; m < end; m++) {
    const int4 row = rows[m];
    if (row.w) continue;
    const size_t block = (table[(size_t)row.x * B + row.y / PAGE] * (size_t)H + h) * PAGE;
    __global const float* k = qkv + (size_t)m * qkvStride + (H + h) * D;
    put(k, k + H * D, keys + block * D, values + block * DP, row.y % PAGE);
  }
}

/// Products of a query with the keys of 16 `count` positions, a constant. Fetches their values: they are next.
INLINE void score(__global const float* q, __global const CACHE* k, __global const CACHE* v,
                  const int count, float16 s[4]) {
  UNROLL for (int b = 0; b < 4; b++) s[b] = 0.0f;
  for (int d = 0; d < D; d++) {
    if (d < 16 * count) fetchPosition(v + d * DP);
    UNROLL for (int b = 0; b < 4; b++)
      if (b < count) s[b] = fma((float16)q[d], CACHE16(k + (b * D + d) * 16), s[b]);
  }
}

/// Online softmax of a row: products of a block become weights. Returns the factor of the sums before it.
/// `seen`: the row's last position, counted from the block's first.
inline float weigh(float16 s[4], float* largest, float16* total, const float scale, const int seen) {
  const float16 lane = (float16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  UNROLL for (int b = 0; b < 4; b++) s[b] *= scale;
  if (seen < PAGE - 1)
    UNROLL for (int b = 0; b < 4; b++)
      s[b] = select(s[b], (float16)-INFINITY, isgreater(lane + 16.0f * b, (float16)(float)seen));
  const float before = *largest;
  *largest = fmax(before, max16(LARGER(LARGER(s[0], s[1]), LARGER(s[2], s[3]))));
  const float fade = exponential(before - *largest);
  UNROLL for (int b = 0; b < 4; b++) s[b] = exponential16(s[b] - *largest);
  *total = fma(*total, (float16)fade, (s[0] + s[1]) + (s[2] + s[3]));
  return fade;
}

/// Puts DP values, of which D count, into `y`.
inline void finish(const float16 sum[DV], const float16 total, float* y) {
  const float all = sum16(total);
  UNROLL for (int c = 0; c < DV; c++) vstore16(sum[c] / all, c, y);
}

/// Attention of the row of tile `t`, for the `group`-th HG heads.
inline void attend_row(__global const float* qkv, __global const int4* rows, __global const int4* tiles,
                       __global const int* table, __global const int* ended, __global CACHE* keys,
                       __global CACHE* values, __global float* y, __global uint* operand, const int H, const int B,
                       const int qkvStride, const int yStride, const int compact, const float scale, const int t,
                       const int group) {
  const int4 tile = tiles[t], row = rows[tile.x];
  if (row.z < 0 && ended[tile.z]) return;
  const size_t yRow = compact ? t : tile.x;
  const int last = tile.w;
  const int firstHead = group * HG;
  const int heads = min(HG, H - firstHead);
  table += (size_t)tile.z * B;
  qkv += (size_t)tile.x * qkvStride + firstHead * D;
  if (row.w) {
    const size_t block = (table[last / PAGE] * (size_t)H + firstHead) * PAGE;
    for (int h = 0; h < heads; h++) {
      __global const float* k = qkv + (H + h) * D;
      put(k, k + H * D, keys + (block + h * PAGE) * D, values + (block + h * PAGE) * DP, last % PAGE);
    }
  }

  float16 sums[HG][DV], totals[HG];
  float largest[HG];
  for (int h = 0; h < heads; h++) {
    UNROLL for (int c = 0; c < DV; c++) sums[h][c] = 0.0f;
    totals[h] = 0.0f;
    largest[h] = -INFINITY;
  }

  for (int first = 0; first <= last; first += PAGE) {
    const size_t page = table[first / PAGE] * (size_t)H + firstHead;
    const size_t nextPage = first + PAGE <= last ? table[first / PAGE + 1] * (size_t)H + firstHead : page;
    const int count = min(PAGE, last - first + 1);
    for (int h = 0; h < heads; h++) {
      __global const float* q = qkv + h * D;
      __global const CACHE* k = keys + (page + h) * PAGE * D;
      __global const CACHE* v = values + (page + h) * PAGE * DP;
      __global const CACHE* next = keys + (h + 1 < heads ? page + h + 1 : nextPage) * PAGE * D;
      float16 s[4];
      switch ((count + 15) / 16) {  // keys behind the last position need not be loaded
        case 1: score(q, k, v, 1, s); break;
        case 2: score(q, k, v, 2, s); break;
        case 3: score(q, k, v, 3, s); break;
        default: score(q, k, v, 4, s);
      }
      float p[PAGE];
      const float fade = weigh(s, &largest[h], &totals[h], scale, last - first);
      UNROLL for (int b = 0; b < 4; b++) vstore16(s[b], b, p);
      float16 sum[DV];
      UNROLL for (int c = 0; c < DV; c++) sum[c] = sums[h][c] * fade;
      for (int j = 0; j < count; j++) {
        fetchPosition(next + j * D);
        UNROLL for (int c = 0; c < DV; c++) sum[c] = fma((float16)p[j], CACHE16(v + j * DP + 16 * c), sum[c]);
      }
      UNROLL for (int c = 0; c < DV; c++) sums[h][c] = sum[c];
    }
  }

  float all[HG * D + 16];
  for (int h = 0; h < heads; h++) finish(sums[h], totals[h], all + h * D);
#if QUANTIZES
  for (int g = 0; g < heads * D / GROUP; g++) {
    float16 values16[VECTORS];
    UNROLL for (int i = 0; i < VECTORS; i++) values16[i] = vload16(g * VECTORS + i, all);
    quantize_group(values16, operand + yRow * yStride, firstHead * D / GROUP + g, H * D / GROUP);
  }
#else
  y += yRow * yStride + firstHead * D;
  for (int d = 0; d < heads * D; d++) y[d] = all[d];
#endif
}
