// Linear layer for CPU-type devices: TM rows by one panel of 32 columns held in registers.
//
//                                32 columns of w, a stream in k
//                                |   16 lanes  |   16 lanes  |
//     TM rows of x, one k        +-------------+-------------+    both at a time, or one after the other: HELD
//     x[0][k]    to all lanes    | sum[0][0]   | sum[0][1]   |
//     x[1][k]                    | sum[1][0]   | sum[1][1]   |     TM x 2 vectors, each += x[i][k] * w[k][16 lanes]
//     ...                        | ...         | ...         |
//                                +-------------+-------------+
//
//   s = sum_k x[m][k] w[k][n] + bias[n];    then by epilogue y[m][n] = s,  = ACTIVATION(s)  or  += s
//
// x     (M, xStride): fp32, x[m*xStride + k]; for other weights the operands that quantize.cl makes of it
// w     a stream a panel, column n = 32 p + j, zero beyond N                                                  (pack.cl)
//         fp32, fp16  (ceil(N/32), K, 32)
//         bf16        (ceil(N/32), ceil(K/2), 32) pairs in k, the even one in the low half
//         int8        (ceil(N/32), ceil(K/GROUP)) groups: 32 fp32 scales, then (GROUP/4, 32) quads in k of unsigned
//                     bytes, w/scale + 128
//         int4        as many groups: 32 fp32 scales, 32 quads of multipliers, then (GROUP/8, 32) words, two quads each
// bias  (ceil(N/32)*32) fp32, zero beyond N
// y     (M, yStride) fp32, yStride at least N rounded up to 32
// tiles ceil(M/TM)
// ahead, near  how many weights ahead of those multiplied are fetched into the L2 cache and (not of integers) the L1;
//              0: the processor's own fetching does
//
// x, y and operand hold tiles*TM rows: the last tile computes rows that nobody reads.
// Data that neighbouring work-items share stays in the L2 cache: a panel while single tiles stream by, or the rows of
// many tiles while panels do.
// Every sum runs over k in order in one accumulator, whatever TM and TILES are: a row's result does not depend on its
// company.
// int8: sum_k (w + 128) x of a group is exact in 32 bits; x's part of it, 128 sum_k x, comes with the operand, negated.
// int4: sum_k (w + 8) x of a span is exact in 16 bits, less 8 sum_k x; m times it, and the group's sum, in 32.
// Idea: BLIS-style register tiles; shared weights stream once for any M.

#pragma once
#include "common/activation.cl"
#include "common/packed.h"
#include "common/prelude.h"
#include "simd/dot_unit.h"
#include "simd/quantize.h"

#ifndef TM
#define TM 4  // rows in a tile: 2*TM sums of 16 (twice as many of integers), so at most 12 (6) on 32 vector registers
#endif
#ifndef TILES
#define TILES 1  // where more than 1, weights are widened once for so many tiles: for operands in fp32
#endif
#ifndef HELD
#define HELD 2  // vectors of 16 columns that registers hold the sums of at a time: 1, where they hold 8 floats
#endif
#define CHUNK 64  // values of k whose weights stay in the L1 cache while all columns take them: 8 KB in fp32
#define PANELS (GROUP / PANEL)
#define OF_ROWS (TILES > 1)  // the dimension of groups of tiles

#if ROUNDS
#define OPERAND uint
#else
#define OPERAND float
#endif

#if OPERAND_TYPE == TYPE_F32
#define VALUE(x) as_float(x)  // rounded to bf16, where weights are
#if WEIGHT_TYPE == TYPE_BF16
#define STEP 2  // values of k in a step, which takes PANEL weights as they are stored
#else
#define STEP 1
#endif

/// The weights of a step, widened: 16 columns from `w` on.
INLINE void widen(__global const WEIGHT* w, float16 wide[STEP]) {
#if WEIGHT_TYPE == TYPE_F32
  wide[0] = vload16(0, w);
#elif WEIGHT_TYPE == TYPE_F16
  wide[0] = vload_half16(0, w);
#else
  const uint16 pairs = vload16(0, w);
  wide[0] = as_float16(pairs << 16);
  wide[1] = as_float16(pairs & 0xFFFF0000u);
#endif
}

/// sum += x[.][k] of TM rows times HELD vectors of weights.
INLINE void add_products(__global const OPERAND* x, const int xStride, const float16 w[HELD], float16 sum[TM][HELD]) {
  UNROLL for (int i = 0; i < TM; i++) {
    const float16 a = VALUE(x[(size_t)i * xStride]);
    UNROLL for (int j = 0; j < HELD; j++) sum[i][j] = fma(a, w[j], sum[i][j]);
  }
}

/// The same of a step, whose weights stand from `w` on.
INLINE void add_step(__global const OPERAND* x, __global const WEIGHT* w, const int k, const int xStride,
                     float16 sum[TM][HELD]) {
  float16 wide[HELD][STEP], of[HELD];
  UNROLL for (int j = 0; j < HELD; j++) widen(w + 16 * j, wide[j]);
  UNROLL for (int s = 0; s < STEP; s++) {
    UNROLL for (int j = 0; j < HELD; j++) of[j] = wide[j][s];
    add_products(x + k + s, xStride, of, sum);
  }
}

#elif OPERAND_TYPE == TYPE_BF16
#define STEP 2

/// sum += x[.][k, k + 1] of TM rows times HELD vectors of pairs of weights, which stand from `w` on.
INLINE void add_step(__global const OPERAND* x, __global const WEIGHT* w, const int k, const int xStride,
                     float16 sum[TM][HELD]) {
  uint16 pairs[HELD];
  UNROLL for (int j = 0; j < HELD; j++) pairs[j] = vload16(j, w);
  UNROLL for (int i = 0; i < TM; i++) {
    const uint pair = x[(size_t)i * xStride + k / STEP];
    UNROLL for (int j = 0; j < HELD; j++) DOT(sum[i][j], pair, pairs[j]);
  }
}
#endif

#include "simd/linear_groups.h"

/// Where a panel starts in w.
inline size_t panelStart(size_t panel, const int K) {
#if INTEGERS
  return panel * GROUPS(K) * GROUP_WORDS;
#else
  return panel * PANEL * ((K + STEP - 1) / STEP);
#endif
}

#if TILES == 1
/// The sums of TM rows with one panel, the weights as they are stored.
INLINE void multiply(__global const OPERAND* x, __global const WEIGHT* w, const int K, const int xStride,
                     const int ahead, const int near, float16 sum[TM][2]) {
  UNROLL for (int i = 0; i < TM; i++) sum[i][0] = sum[i][1] = 0.0f;

#if INTEGERS
  const int groups = GROUPS(K);
  for (int g = 0; g < groups; g++) add_group(x, w + (size_t)g * GROUP_WORDS, xStride, g, groups, ahead, sum);
#else
  const int lines = PANEL * sizeof(WEIGHT) / 64;  // of a step
  const int depth = HELD == 2 ? K : CHUNK;
  for (int start = 0; start < K; start += depth) {
    UNROLL for (int side = 0; side < 2; side += HELD) {
      float16 held[TM][HELD];
      UNROLL for (int i = 0; i < TM; i++)
        UNROLL for (int j = 0; j < HELD; j++) held[i][j] = sum[i][side + j];
      for (int k = start; k < min(K, start + depth); k += STEP) {
        __global const WEIGHT* of = w + (size_t)(k / STEP) * PANEL;
        UNROLL for (int i = 0; side == 0 && i < lines; i++) {
          FETCH(of + ahead + i * (PANEL / lines));
          FETCH_NEAR(of + near + i * (PANEL / lines));
        }
        add_step(x, of + 16 * side, k, xStride, held);
      }
      UNROLL for (int i = 0; i < TM; i++)
        UNROLL for (int j = 0; j < HELD; j++) sum[i][side + j] = held[i][j];
    }
  }
#endif
}

#else
/// The sums of tiles with one panel. The first tile widens each chunk of weights for the others.
INLINE void multiply_tiles(__global const OPERAND* x, __global const WEIGHT* w, const int K, const int xStride,
                           const int tiles, float16 sums[TILES][TM][2]) {
  float16 wide[2 / HELD][CHUNK][HELD];
  const int lines = CHUNK / STEP * PANEL * sizeof(WEIGHT) / 64, part = (lines + tiles - 1) / tiles;
  for (int start = 0; start < K; start += CHUNK, w += CHUNK / STEP * PANEL) {
    const int depth = min(CHUNK, K - start);
    for (int t = 0; t < tiles; t++) {
      // Each tile fetches a part of the next weights: the next chunk, or the next panel's first.
      __global const WEIGHT* next = w + (lines + t * part) * (64 / sizeof(WEIGHT));
      for (int i = 0; i < part; i++) FETCH(next + i * (64 / sizeof(WEIGHT)));
      __global const OPERAND* a = x + (size_t)t * TM * xStride + start;
      UNROLL for (int side = 0; side < 2; side += HELD) {
        float16(*of)[HELD] = wide[side / HELD], sum[TM][HELD];
        UNROLL for (int i = 0; i < TM; i++)
          UNROLL for (int j = 0; j < HELD; j++) sum[i][j] = start ? sums[t][i][side + j] : (float16)(0.0f);
        if (t == 0) {
          for (int k = 0; k < depth; k += STEP) {
            float16 values[HELD][STEP];
            UNROLL for (int j = 0; j < HELD; j++) widen(w + k / STEP * PANEL + 16 * (side + j), values[j]);
            UNROLL for (int s = 0; s < STEP; s++) {
              UNROLL for (int j = 0; j < HELD; j++) of[k + s][j] = values[j][s];
              add_products(a + k + s, xStride, of[k + s], sum);
            }
          }
        } else {
          for (int k = 0; k < depth; k++) add_products(a + k, xStride, of[k], sum);
        }
        UNROLL for (int i = 0; i < TM; i++)
          UNROLL for (int j = 0; j < HELD; j++) sums[t][i][side + j] = sum[i][j];
      }
    }
  }
}
#endif

/// y = epilogue(sum + bias) of a tile and a panel; y points to the tile's first row.
INLINE void finish_tile(const float16 sum[TM][2], __global const float* bias, __global float* y, const int yStride,
                        const int epilogue, const int panel) {
  UNROLL for (int j = 0; j < 2; j++) {
    const float16 b = vload16(2 * panel + j, bias);
    UNROLL for (int i = 0; i < TM; i++) {
      __global float* to = y + (size_t)i * yStride + panel * PANEL + 16 * j;
      float16 s = sum[i][j] + b;
      if (epilogue == EPILOGUE_ACTIVATION) s = ACTIVATION(s);
      if (epilogue == EPILOGUE_RESIDUAL) s += vload16(0, to);
      vstore16(s, 0, to);
    }
  }
}

/// Group `group` of `groups` of the tiles, by a panel.
INLINE void linear_tiles(__global const OPERAND* x, __global const WEIGHT* w, __global const float* bias,
                         __global float* y, const int K, const int xStride, const int yStride, const int epilogue,
                         const int tiles, const int ahead, const int near, const int group, const int groups,
                         const int panel) {
#if TILES == 1
  float16 sum[TM][2];
  const size_t row = (size_t)group * TM;
  multiply(x + row * xStride, w + panelStart(panel, K), K, xStride, ahead, near, sum);
  finish_tile(sum, bias, y + row * yStride, yStride, epilogue, panel);
#else
  const int first = tiles * group / groups, count = tiles * (group + 1) / groups - first;
  const size_t row = (size_t)first * TM;
  float16 sums[TILES][TM][2];
  multiply_tiles(x + row * xStride, w + panelStart(panel, K), K, xStride, count, sums);
  for (int t = 0; t < count; t++)
    finish_tile(sums[t], bias, y + (row + t * TM) * yStride, yStride, epilogue, panel);
#endif
}

#if ROUNDS
/// Group `group` of `groups` of the tiles, by the GROUP columns of part `part` of `parts`, as operands.
INLINE void linear_operand_tiles(__global const OPERAND* x, __global const WEIGHT* w, __global const float* bias,
                                 __global uint* operand, const int K, const int xStride, const int stride,
                                 const int tiles, const int ahead, const int near, const int group, const int groups,
                                 const int part, const int parts) {
#if TILES == 1
  const size_t row = (size_t)group * TM;
  float16 values[TM][2 * PANELS];
  for (int p = 0; p < PANELS; p++) {
    const size_t panel = (size_t)part * PANELS + p;
    float16 sum[TM][2];
    multiply(x + row * xStride, w + panelStart(panel, K), K, xStride, ahead, near, sum);
    UNROLL for (int j = 0; j < 2; j++) {
      const float16 b = vload16(2 * panel + j, bias);
      UNROLL for (int i = 0; i < TM; i++) values[i][2 * p + j] = ACTIVATION(sum[i][j] + b);
    }
  }
  for (int i = 0; i < TM; i++) quantize_group(values[i], operand + (row + i) * stride, part, parts);
#else
  const int first = tiles * group / groups, count = tiles * (group + 1) / groups - first;
  const size_t row = (size_t)first * TM;
  for (int p = 0; p < PANELS; p++) {
    const int panel = part * PANELS + p;
    float16 sums[TILES][TM][2];
    multiply_tiles(x + row * xStride, w + panelStart(panel, K), K, xStride, count, sums);
    for (int t = 0; t < count; t++)
      UNROLL for (int j = 0; j < 2; j++) {
        const float16 b = vload16(2 * panel + j, bias);
        UNROLL for (int i = 0; i < TM; i++)
          vstore16(round16(ACTIVATION(sums[t][i][j] + b)), 2 * panel + j, operand + (row + t * TM + i) * stride);
      }
  }
#endif
}
#endif
