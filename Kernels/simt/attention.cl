// Causal attention with a key-value cache for GPU-type devices: chunks of the context in parallel, an online softmax
// over blocks in each.
//
//   y[m][h*D + d] = sum_j softmax_j(scale * q[m][h] . k[j][h]) v[j][h][d],   j from 0 to the row's own position
//
// qkv            (M, qkvStride) fp32: queries, keys, values of a row, H heads of D channels each
// rows           (M) of int4: slot, position, token (below zero: the slot's last sample), not 0 where attend appends it
// tiles          (...) of int4: first row, rows, slot, first position; the rows' positions follow one another
// table          (slots, B): the pages of 64 positions that a slot's positions lie in
// ended          (slots): not 0 where the slot's sequence has ended; its last samples are left out, y stays as it was
// keys, values   (pages, H, 64, D); masked positions are not loaded: pages hold what their last owners left behind
// partial        (M, H, chunks, D + 2) fp32: a chunk's weighted sum of values, largest score, sum of exponentials
// y              (M, yStride) fp32
//
// append:  global size (D, H, M), any local: writes the keys and values of rows, but those of attend.
// attend:  global (LOCAL*chunks, H, tiles*TILE/TQ), local (LOCAL, 1, 1): a work-group takes up to TQ rows of a tile of
//          at most TILE, a head and a chunk of CHUNK positions. With one chunk it writes y, else what it found to
//          `partial`.
//          With TILE 1, the chunk of a row's own position writes the row's key and value first, where the row says so:
//          no other row of the step may need them.
// combine: global (D, H, M), any local: adds up the chunks of rows, if there are several.
//
// A block's keys, then its values, are staged in local memory once for all rows. A row's sums are formed block by block
// in its chunks, and chunk by chunk: neither TQ, nor the rest of the tile, nor the number of chunks changes them.
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Local memory: 4 (D + 1) STAGED + 4 TQ (D + 72) bytes, at most 30 KiB.
// Sources: Milakov and Gimelshein 2018 (online softmax); Dao et al. 2022 (tiling), 2023 (chunks of the context).

#include "common/cache.h"
#include "common/prelude.h"

#ifndef D
#define D 64  // channels of a head
#endif
#ifndef TQ
#define TQ 16  // rows of a work-group: 1 or 16
#endif
#ifndef TILE
#define TILE 16  // rows of a tile at the most, a multiple of TQ
#endif
#ifndef CHUNK
#define CHUNK 256  // positions of a chunk, a multiple of PAGE
#endif
#ifndef STAGED
#define STAGED (D <= 64 ? 64 : D <= 128 ? 32 : D <= 512 ? 8 : 1)  // positions in local memory at a time, divides PAGE
#endif
#define LOCAL (TQ == 1 ? 64 : 128)  // PAGE positions by one row or TQ/2
#define RQ (TQ * PAGE / LOCAL)      // rows of a work-item
#define ND ((D + PAGE - 1) / PAGE)  // channels of a work-item, PAGE apart
#define RUNS 8                      // of PAGE/RUNS positions, whose maxima and sums are taken in one go

#define V (CACHE_TYPE == TYPE_F32 ? 4 : 8)  // elements in 16 bytes

__kernel void append(__global const float* restrict qkv, __global const int4* restrict rows,
                     __global const int* restrict table, __global CACHE* restrict keys, __global CACHE* restrict values,
                     const int H, const int B, const int qkvStride) {
  const size_t d = get_global_id(0), h = get_global_id(1), m = get_global_id(2);
  const int position = rows[m].y;
  if (rows[m].w) return;
  const size_t page = table[(size_t)rows[m].x * B + position / PAGE];
  const size_t to = ((page * H + h) * PAGE + position % PAGE) * D + d;
  __global const float* row = qkv + m * qkvStride + h * D + d;
  STORE(row[H * D], to, keys);
  STORE(row[2 * H * D], to, values);
}

inline int left_out(int4 row, __global const int* ended) { return row.z < 0 && ended[row.x]; }

/// Stages `count` positions of D elements; positions behind them become zero.
inline void stage(__global const CACHE* from, int count, __local float (*staged)[D + 1]) {
  const int item = (int)get_local_id(0);
#if D % V == 0
  for (int j = 0; j < (STAGED * D / V + LOCAL - 1) / LOCAL; j++) {
    const int i = item + j * LOCAL, position = i / (D / V), d = i % (D / V) * V;
    if (position >= STAGED) continue;
    uint4 bits = (uint4)(0);
    if (position < count) bits = ((__global const uint4*)from)[i];
#if CACHE_TYPE == TYPE_F32
    vstore4(as_float4(bits), 0, &staged[position][d]);
#else
    vstore8(vload_half8(0, (const half*)&bits), 0, &staged[position][d]);
#endif
  }
#else
  for (int i = item; i < STAGED * D; i += LOCAL)
    staged[i / D][i % D] = i / D < count ? LOAD(from, i) : 0.0f;
#endif
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict rows, __global const int4* restrict tiles,
            __global const int* restrict table, __global const int* restrict ended, __global CACHE* restrict keys,
            __global CACHE* restrict values, __global float* restrict partial, __global float* restrict y,
            const int firstTile, const int H, const int B, const int qkvStride, const int yStride, const float scale) {
  __local float staged[STAGED][D + 1], q[D][TQ], p[PAGE][TQ], runs[RUNS][TQ];
  const int item = (int)get_local_id(0), lane = item % PAGE, ownRow = item / PAGE * RQ;
  const int chunk = (int)get_group_id(0), chunks = (int)get_num_groups(0), h = (int)get_group_id(1);
  const int4 tile = tiles[firstTile + (int)get_group_id(2) / (TILE / TQ)];
  const int skipped = (int)get_group_id(2) % (TILE / TQ) * TQ, firstRow = tile.x + skipped;
  const int count = max(0, min(TQ, tile.y - skipped)), firstPosition = tile.w + skipped;
  // Without rows or positions, nothing of what follows runs but its barriers.
  const int start = chunk * CHUNK;
  const int none = count == 0 || (count == 1 && left_out(rows[firstRow], ended));
  const int end = none ? 0 : min(start + CHUNK, firstPosition + count);
  table += (size_t)tile.z * B;
#if TILE == 1
  if (!none && rows[firstRow].w && firstPosition / CHUNK == chunk) {
    const size_t to = ((table[firstPosition / PAGE] * (size_t)H + h) * PAGE + firstPosition % PAGE) * D;
    __global const float* row = qkv + (size_t)firstRow * qkvStride + h * D;
    for (int d = item; d < D; d += LOCAL) {
      STORE(row[H * D + d], to + d, keys);
      STORE(row[2 * H * D + d], to + d, values);
    }
  }
  barrier(CLK_GLOBAL_MEM_FENCE);  // before the group loads them
#endif
  for (int i = item; i < D * TQ; i += LOCAL) {
    const int row = i / D, d = i % D;
    q[d][row] = row < count ? qkv[(size_t)(firstRow + row) * qkvStride + h * D + d] : 0.0f;
  }
  float largest[RQ], total[RQ], sum[ND][RQ];
  UNROLL for (int i = 0; i < RQ; i++) {
    largest[i] = -INFINITY;
    total[i] = 0.0f;
    UNROLL for (int n = 0; n < ND; n++) sum[n][i] = 0.0f;
  }

  for (int first = start; first < end; first += PAGE) {
    const size_t block = (table[first / PAGE] * (size_t)H + h) * PAGE * D;
    const int valid = min(PAGE, end - first);
    float s[RQ];
    UNROLL for (int i = 0; i < RQ; i++) s[i] = 0.0f;
    for (int part = 0; part < PAGE; part += STAGED) {
      stage(keys + block + part * D, valid - part, staged);
      barrier(CLK_LOCAL_MEM_FENCE);
      if (lane / STAGED * STAGED == part)
        for (int d = 0; d < D; d++) {
          const float key = staged[lane % STAGED][d];
          UNROLL for (int i = 0; i < RQ; i++) s[i] = fma(q[d][ownRow + i], key, s[i]);
        }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    UNROLL for (int i = 0; i < RQ; i++) {
      s[i] = first + lane <= min(firstPosition + ownRow + i, end - 1) ? s[i] * scale : -INFINITY;
      p[lane][ownRow + i] = s[i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < RUNS * TQ) {
      float run = -INFINITY;
      for (int j = 0; j < PAGE / RUNS; j++) run = fmax(run, p[item / TQ * (PAGE / RUNS) + j][item % TQ]);
      runs[item / TQ][item % TQ] = run;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float fade[RQ];
    UNROLL for (int i = 0; i < RQ; i++) {
      const float before = largest[i];
      for (int j = 0; j < RUNS; j++) largest[i] = fmax(largest[i], runs[j][ownRow + i]);
      // A row may have no position in this block, nor in those before it.
      fade[i] = before == largest[i] ? 1.0f : exp(before - largest[i]);
      p[lane][ownRow + i] = s[i] == -INFINITY ? 0.0f : exp(s[i] - largest[i]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < RUNS * TQ) {
      float run = 0.0f;
      for (int j = 0; j < PAGE / RUNS; j++) run += p[item / TQ * (PAGE / RUNS) + j][item % TQ];
      runs[item / TQ][item % TQ] = run;
    }
    UNROLL for (int i = 0; i < RQ; i++) UNROLL for (int n = 0; n < ND; n++) sum[n][i] *= fade[i];
    for (int part = 0; part < PAGE; part += STAGED) {
      stage(values + block + part * D, valid - part, staged);
      barrier(CLK_LOCAL_MEM_FENCE);
      for (int j = 0; j < min(STAGED, valid - part); j++)
        UNROLL for (int n = 0; n < ND; n++) {
          const float value = lane + n * PAGE < D ? staged[j][lane + n * PAGE] : 0.0f;
          UNROLL for (int i = 0; i < RQ; i++) sum[n][i] = fma(p[part + j][ownRow + i], value, sum[n][i]);
        }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    UNROLL for (int i = 0; i < RQ; i++) {
      float added = 0.0f;
      for (int j = 0; j < RUNS; j++) added += runs[j][ownRow + i];
      total[i] = fma(total[i], fade[i], added);
    }
  }

  UNROLL for (int i = 0; i < RQ; i++) {
    const size_t m = firstRow + ownRow + i;
    if (ownRow + i < count && start < end && start <= firstPosition + ownRow + i) {
      __global float* to = chunks == 1 ? y + m * yStride + h * D : partial + ((m * H + h) * chunks + chunk) * (D + 2);
      UNROLL for (int n = 0; n < ND; n++)
        if (lane + n * PAGE < D) to[lane + n * PAGE] = chunks == 1 ? sum[n][i] / total[i] : sum[n][i];
      if (chunks > 1 && lane == 0) {
        to[D] = largest[i];
        to[D + 1] = total[i];
      }
    }
  }
}

__kernel void combine(__global const float* restrict partial, __global const int4* restrict rows,
                      __global const int* restrict ended, __global float* restrict y, const int H, const int chunks,
                      const int yStride) {
  const int d = (int)get_global_id(0);
  const size_t h = get_global_id(1), m = get_global_id(2);
  if (left_out(rows[m], ended)) return;
  __global const float* from = partial + (m * H + h) * chunks * (D + 2);
  float sum = from[d], largest = from[D], total = from[D + 1];
  for (int chunk = 1; chunk <= rows[m].y / CHUNK; chunk++) {
    from += D + 2;
    const float before = largest;
    largest = fmax(before, from[D]);
    const float fade = exp(before - largest), weight = exp(from[D] - largest);
    total = fma(total, fade, from[D + 1] * weight);
    sum = fma(sum, fade, from[d] * weight);
  }
  y[m * yStride + h * D + d] = sum / total;
}
