// Causal attention for CPU-type devices, of rows of prompts, which share their loads. Formula and buffers:
// simd/attention.h.
//
// attend_tile: global (tiles, H), local (1, 1): the tiles from `firstTile` on, of up to TQ rows each.

#include "simd/attention.h"

#ifndef TQ
#define TQ 6  // query rows that share the loaded keys and values
#endif
#ifdef HELD  // vectors of 16 scores, or sums, of each row that registers hold at a time: 1, where they hold 8 floats
#define SCORES_HELD HELD
#define SUMS_HELD HELD
#else
#define SCORES_HELD 4
#define SUMS_HELD DV
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void attend_tile(__global const float* restrict qkv, __global const int4* restrict tiles,
                 __global const int* restrict table, __global const CACHE* restrict keys,
                 __global const CACHE* restrict values, __global float* restrict y, const int firstTile, const int H,
                 const int B, const int qkvStride, const int yStride, const float scale) {
  const int4 tile = tiles[firstTile + get_global_id(0)];
  const size_t h = get_global_id(1);
  const int last = tile.w + tile.y - 1;
  table += (size_t)tile.z * B;

  __global const float* q[TQ];
  float16 sum[TQ][DV], total[TQ];
  float largest[TQ];
  UNROLL for (int i = 0; i < TQ; i++) {
    q[i] = qkv + (size_t)(tile.x + min(i, tile.y - 1)) * qkvStride + h * D;
    largest[i] = -INFINITY;
    total[i] = 0.0f;
    UNROLL for (int c = 0; c < DV; c++) sum[i][c] = 0.0f;
  }

  for (int first = 0; first <= last; first += PAGE) {
    const size_t block = (table[first / PAGE] * (size_t)H + h) * PAGE;
    __global const CACHE* k = keys + block * D;
    __global const CACHE* v = values + block * DP;
    float16 s[TQ][4];
    UNROLL for (int from = 0; from < 4; from += SCORES_HELD) {
      float16 held[TQ][SCORES_HELD];
      UNROLL for (int i = 0; i < TQ; i++) UNROLL for (int b = 0; b < SCORES_HELD; b++) held[i][b] = 0.0f;
      for (int d = 0; d < D; d++) {
        float16 kd[SCORES_HELD];
        UNROLL for (int b = 0; b < SCORES_HELD; b++) kd[b] = CACHE16(k + ((from + b) * D + d) * 16);
        UNROLL for (int i = 0; i < TQ; i++) {
          const float16 a = q[i][d];
          UNROLL for (int b = 0; b < SCORES_HELD; b++) held[i][b] = fma(a, kd[b], held[i][b]);
        }
      }
      UNROLL for (int i = 0; i < TQ; i++) UNROLL for (int b = 0; b < SCORES_HELD; b++) s[i][from + b] = held[i][b];
    }

    float p[TQ][PAGE];
    UNROLL for (int i = 0; i < TQ; i++) {
      const float fade = weigh(s[i], &largest[i], &total[i], scale, tile.w + min(i, tile.y - 1) - first);
      UNROLL for (int b = 0; b < 4; b++) vstore16(s[i][b], b, p[i]);
      UNROLL for (int c = 0; c < DV; c++) sum[i][c] *= fade;
    }

    const int count = min(PAGE, last - first + 1);
    UNROLL for (int from = 0; from < DV; from += SUMS_HELD) {
      float16 held[TQ][SUMS_HELD];
      UNROLL for (int i = 0; i < TQ; i++) UNROLL for (int c = 0; c < SUMS_HELD; c++) held[i][c] = sum[i][from + c];
      for (int j = 0; j < count; j++) {
        float16 vj[SUMS_HELD];
        UNROLL for (int c = 0; c < SUMS_HELD; c++) vj[c] = CACHE16(v + j * DP + 16 * (from + c));
        UNROLL for (int i = 0; i < TQ; i++) {
          const float16 a = p[i][j];
          UNROLL for (int c = 0; c < SUMS_HELD; c++) held[i][c] = fma(a, vj[c], held[i][c]);
        }
      }
      UNROLL for (int i = 0; i < TQ; i++) UNROLL for (int c = 0; c < SUMS_HELD; c++) sum[i][from + c] = held[i][c];
    }
  }

  UNROLL for (int i = 0; i < TQ; i++)
    if (i < tile.y) {
      float all[DP];
      finish(sum[i], total[i], all);
      for (int d = 0; d < D; d++) y[(size_t)(tile.x + i) * yStride + h * D + d] = all[d];
    }
}
