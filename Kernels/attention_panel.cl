// Causal attention with a key-value cache for CPU-type devices: online softmax over blocks of 64 positions.
//
//   y[m][h*D + d] = sum_j softmax_j(scale * q[m][h] . k[j][h]) v[j][h][d],   j from 0 to the row's own position
//
// qkv     (M, qkvStride) fp32: queries, keys, values of a row, H heads of D channels each
// rows    (M) of int4: slot, position, token (below zero: the slot's last sample), unused
// table   (slots, B): the pages of 64 positions that a slot's positions lie in
// ended   (slots): not 0 where the slot's sequence has ended; its rows of last samples are left out, y stays as it was
// keys    (pages, H, 4, D, 16): 16 positions side by side, so that one vector holds a channel of 16 keys
// values  (pages, H, 64, DP), DP = D rounded up to 16
// tiles   (…) of int4: first row, rows (1 to TQ), slot, position of the first row; the rows' positions follow one another
// y       (M, yStride) fp32
//
// append: global size (M, H), local (1, 1), writes the rows' keys and values.
// attend: global (tiles, H), local (1, 1), for the tiles from `firstTile` on.
// Pages hold what their last owners left behind, of any value: scores of masked positions are replaced, not multiplied,
// and values behind a tile's last position are not loaded.
// A row's sums are formed block by block from position 0: neither TQ nor the rest of the tile changes them.
// Source: Milakov and Gimelshein 2018 (online softmax); Dao et al. 2022 (tiling).

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef D
#define D 64  // channels of a head
#endif
#ifndef TQ
#define TQ 1  // query rows that share the loaded keys and values
#endif
#ifndef CACHE_BITS
#define CACHE_BITS 16  // storage of keys and values: 16 fp16, 32 fp32
#endif
#define DP ((D + 15) / 16 * 16)
#define DV (DP / 16)
#define BLOCK 64
#define UNROLL _Pragma("unroll")

#if CACHE_BITS == 32
#define CACHE float
#define LOAD16(p) vload16(0, p)
#define STORE(x, i, p) (p)[i] = (x)
#else
#define CACHE half
#define LOAD16(p) vload_half16(0, p)
#define STORE(x, i, p) vstore_half_rte(x, i, p)
#endif

inline float sum16(float16 v) {
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

inline float max16(float16 v) {
  const float8 a = fmax(v.lo, v.hi);
  const float4 b = fmax(a.lo, a.hi);
  const float2 c = fmax(b.lo, b.hi);
  return fmax(c.x, c.y);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void append(__global const float* restrict qkv, __global const int4* restrict rows, __global const int* restrict table,
            __global CACHE* restrict keys, __global CACHE* restrict values, const int H, const int B,
            const int qkvStride) {
  const size_t m = get_global_id(0), h = get_global_id(1);
  const int slot = rows[m].x, position = rows[m].y;
  const size_t page = table[(size_t)slot * B + position / BLOCK];
  const int offset = position % BLOCK;
  __global const float* k = qkv + m * qkvStride + H * D + h * D;
  __global const float* v = k + H * D;
  keys += (page * H + h) * BLOCK * D + offset / 16 * 16 * D + offset % 16;
  values += ((page * H + h) * BLOCK + offset) * DP;
  for (int d = 0; d < D; d++) STORE(k[d], d * 16, keys);
  for (int d = 0; d < D; d++) STORE(v[d], d, values);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict rows, __global const int4* restrict tiles,
            __global const int* restrict table, __global const int* restrict ended, __global const CACHE* restrict keys,
            __global const CACHE* restrict values, __global float* restrict y, const int firstTile, const int H,
            const int B, const int qkvStride, const int yStride, const float scale) {
  const int4 tile = tiles[firstTile + get_global_id(0)];
  if (rows[tile.x].z < 0 && ended[tile.z]) return;
  const size_t h = get_global_id(1);
  const int last = tile.w + tile.y - 1;
  const float16 lane = (float16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  table += (size_t)tile.z * B;

  __global const float* q[TQ];
  float16 sum[TQ][DV];
  float largest[TQ], total[TQ];
  UNROLL for (int i = 0; i < TQ; i++) {
    q[i] = qkv + (size_t)(tile.x + min(i, tile.y - 1)) * qkvStride + h * D;
    largest[i] = -INFINITY;
    total[i] = 0.0f;
    UNROLL for (int c = 0; c < DV; c++) sum[i][c] = 0.0f;
  }

  for (int first = 0; first <= last; first += BLOCK) {
    float16 s[TQ][4];
    UNROLL for (int i = 0; i < TQ; i++) UNROLL for (int b = 0; b < 4; b++) s[i][b] = 0.0f;
    const size_t block = (table[first / BLOCK] * (size_t)H + h) * BLOCK;
    __global const CACHE* k = keys + block * D;
    for (int d = 0; d < D; d++) {
      float16 kd[4];
      UNROLL for (int b = 0; b < 4; b++) kd[b] = LOAD16(k + (b * D + d) * 16);
      UNROLL for (int i = 0; i < TQ; i++) {
        const float16 a = q[i][d];
        UNROLL for (int b = 0; b < 4; b++) s[i][b] = fma(a, kd[b], s[i][b]);
      }
    }

    float p[TQ][BLOCK];
    UNROLL for (int i = 0; i < TQ; i++) {
      const float limit = (float)(tile.w + min(i, tile.y - 1) - first);
      UNROLL for (int b = 0; b < 4; b++)
        s[i][b] = select(s[i][b] * scale, (float16)-INFINITY, isgreater(lane + 16.0f * b, (float16)limit));
      const float before = largest[i];
      largest[i] = fmax(before, max16(fmax(fmax(s[i][0], s[i][1]), fmax(s[i][2], s[i][3]))));
      const float fade = exp(before - largest[i]);
      UNROLL for (int b = 0; b < 4; b++) s[i][b] = exp(s[i][b] - largest[i]);
      total[i] = fma(total[i], fade, sum16((s[i][0] + s[i][1]) + (s[i][2] + s[i][3])));
      UNROLL for (int b = 0; b < 4; b++) vstore16(s[i][b], b, p[i]);
      UNROLL for (int c = 0; c < DV; c++) sum[i][c] *= fade;
    }

    const int count = min(BLOCK, last - first + 1);
    __global const CACHE* v = values + block * DP;
    for (int j = 0; j < count; j++) {
      float16 vj[DV];
      UNROLL for (int c = 0; c < DV; c++) vj[c] = LOAD16(v + (size_t)j * DP + 16 * c);
      UNROLL for (int i = 0; i < TQ; i++) {
        const float16 a = p[i][j];
        UNROLL for (int c = 0; c < DV; c++) sum[i][c] = fma(a, vj[c], sum[i][c]);
      }
    }
  }

  UNROLL for (int i = 0; i < TQ; i++) {
    if (i >= tile.y) continue;
    __global float* to = y + (size_t)(tile.x + i) * yStride + h * D;
    float result[DP];
    UNROLL for (int c = 0; c < DV; c++) vstore16(sum[i][c] / total[i], c, result);
    for (int d = 0; d < D; d++) to[d] = result[d];
  }
}
