// Causal attention of rows that follow one another for GPU-type devices, in tiles: formula, buffers and order of sums
// in attention.h.
//
//                             a page: 64 positions                 a page's values: D channels
//                            +--------------------+               +--------------------+
//     TQ rows of queries     |  lane: a position  |  -> weights   |  lane: a channel   |  -> TQ rows of sums
//     RQ of them an item     |                    |     p         |                    |
//                            +--------------------+               +--------------------+
//
// attend:  global (LOCAL*chunks, H, tiles), local (LOCAL, 1, 1): a work-group takes a tile of at most TQ rows, a head
//          and a chunk. The rows' keys and values are in the cache.
//
// STAGED positions at a time are widened into local memory, once for all rows; the next are on their way meanwhile.
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Local memory: 4 (D + 1) STAGED + 4 TQ (D + 77) + 1028 bytes, at most 30 KiB.

#include "simt/attention.h"

#ifndef TQ
#define TQ 16  // rows of a work-group
#endif
#define STAGED (D <= 64 ? 64 : 32)  // positions in local memory at a time: a multiple of KEY_TEAM
#define LOCAL 128
#define RQ (TQ * PAGE / LOCAL)  // rows of a work-item
#define PARTS 8                 // of a page's positions, whose maxima and sums are taken in one go
#define FETCHES ((STAGED * RUNS + LOCAL - 1) / LOCAL)  // 16 bytes each

/// STAGED positions, behind those below `count` the last of them again: nobody uses these, and a load that depends on a
/// branch would wait for it.
INLINE void fetch(__global const CACHE* from, const int count, uint4 runs[FETCHES]) {
  const int last = clamp(count, 1, STAGED) - 1;
  UNROLL for (int j = 0; j < FETCHES; j++) {
    const int i = ITEM + j * LOCAL;
    runs[j] = load_key_run(from + min(i / RUNS, last) * D, i % RUNS * KEY_V);
  }
}

INLINE void stage(const uint4 runs[FETCHES], __local float (*staged)[D + 1]) {
  UNROLL for (int j = 0; j < FETCHES; j++) {
    const int i = ITEM + j * LOCAL, d = i % RUNS * KEY_V;
    float values[KEY_V];
    widen_run(runs[j], values);
    if (i < STAGED * RUNS)
      UNROLL for (int e = 0; e < KEY_V; e++)
        if (D % KEY_V == 0 || d + e < D) staged[i / RUNS][d + e] = values[e];
  }
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict tiles, __global const int* restrict table,
            __global const CACHE* restrict keys, __global const CACHE* restrict values,
            volatile __global float* restrict found, volatile __global int* restrict arrivals,
            __global float* restrict y, const int firstTile, const int H, const int B, const int pagesEach,
            const int qkvStride, const int yStride, const float scale) {
  __local float staged[STAGED][D + 1], q[D][TQ], p[PAGE][TQ], parts[PARTS][TQ];
  __local float pageLargest[TQ], largest[TQ], total[TQ];  // an item for each row
  __local float2 factors[TQ];
  __local float2 heads[LOCAL];
  __local int isLast;
  const int item = ITEM, lane = item % PAGE, ownRow = item / PAGE * RQ;
  const int chunk = (int)get_group_id(0), h = (int)get_group_id(1), z = (int)get_group_id(2);
  const int4 tile = tiles[firstTile + z];
  const int end = tile.w + tile.y, pages = (end + PAGE - 1) / PAGE;
  const int firstPage = chunk * pagesEach, endPage = min(firstPage + pagesEach, pages);
  if (firstPage >= endPage) return;
  const size_t room = (size_t)(get_num_groups(0) * pagesEach) * (D + 2);  // of a row in `found`
  table += (size_t)tile.z * B;
  qkv += (size_t)tile.x * qkvStride + h * D;
  y += (size_t)tile.x * yStride + h * D;
  found += ((size_t)z * TQ * H + h) * room;

  size_t block = ((size_t)table[firstPage] * H + h) * PAGE * D;
  uint4 runs[FETCHES];
  fetch(keys + block, end - firstPage * PAGE, runs);
  for (int i = item; i < D * TQ; i += LOCAL) {
    const int row = i / D, d = i % D;
    q[d][row] = row < tile.y ? qkv[(size_t)row * qkvStride + d] : 0.0f;
  }
  if (item < TQ) {
    largest[item] = -INFINITY;
    total[item] = 0.0f;
  }
  float sum[ND][RQ];
  UNROLL for (int n = 0; n < ND; n++) UNROLL for (int i = 0; i < RQ; i++) sum[n][i] = 0.0f;

  for (int page = firstPage; page < endPage; page++) {
    const int first = page * PAGE, valid = min(PAGE, end - first);
    float s[RQ], pageSum[ND][RQ];
    UNROLL for (int i = 0; i < RQ; i++) s[i] = 0.0f;
    for (int part = 0; part < PAGE; part += STAGED) {
      barrier(CLK_LOCAL_MEM_FENCE);
      stage(runs, staged);
      barrier(CLK_LOCAL_MEM_FENCE);
      if (part + STAGED < PAGE)
        fetch(keys + block + (part + STAGED) * D, valid - part - STAGED, runs);
      else
        fetch(values + block, valid, runs);
      if (lane / STAGED * STAGED == part)
        for (int firstOfRun = 0; firstOfRun < D; firstOfRun += KEY_V) {
          float ofRun[RQ];
          UNROLL for (int i = 0; i < RQ; i++) ofRun[i] = 0.0f;
          for (int d = firstOfRun; d < min(firstOfRun + KEY_V, D); d++) {
            const float key = staged[lane % STAGED][d];
            UNROLL for (int i = 0; i < RQ; i++) ofRun[i] = fma(q[d][ownRow + i], key, ofRun[i]);
          }
          UNROLL for (int i = 0; i < RQ; i++) s[i] += ofRun[i];
        }
    }
    UNROLL for (int i = 0; i < RQ; i++) {
      s[i] = first + lane <= min(tile.w + ownRow + i, end - 1) ? s[i] * scale : -INFINITY;
      p[lane][ownRow + i] = s[i];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < PARTS * TQ) {
      float most = -INFINITY;
      for (int j = 0; j < PAGE / PARTS; j++) most = fmax(most, p[item / TQ * (PAGE / PARTS) + j][item % TQ]);
      parts[item / TQ][item % TQ] = most;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < TQ) {
      float most = -INFINITY;
      for (int j = 0; j < PARTS; j++) most = fmax(most, parts[j][item]);
      pageLargest[item] = most;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL for (int i = 0; i < RQ; i++)
      p[lane][ownRow + i] = s[i] == -INFINITY ? 0.0f : exp(s[i] - pageLargest[ownRow + i]);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < PARTS * TQ) {
      float added = 0.0f;
      for (int j = 0; j < PAGE / PARTS; j++) added += p[item / TQ * (PAGE / PARTS) + j][item % TQ];
      parts[item / TQ][item % TQ] = added;
    }
    UNROLL for (int n = 0; n < ND; n++) UNROLL for (int i = 0; i < RQ; i++) pageSum[n][i] = 0.0f;
    const size_t next = ((size_t)table[min(page + 1, endPage - 1)] * H + h) * PAGE * D;
    for (int part = 0; part < PAGE; part += STAGED) {
      stage(runs, staged);  // the keys have been read
      barrier(CLK_LOCAL_MEM_FENCE);
      if (part + STAGED < PAGE)
        fetch(values + block + (part + STAGED) * D, valid - part - STAGED, runs);
      else
        fetch(keys + next, page + 1 < endPage ? end - first - PAGE : 0, runs);
      if (part == 0 && item < TQ) {
        float pageTotal = 0.0f;
        for (int j = 0; j < PARTS; j++) pageTotal += parts[j][item];
        float most = largest[item];
        factors[item] = fold(&most, pageLargest[item]);
        largest[item] = most;
        total[item] = fma(total[item], factors[item].x, pageTotal * factors[item].y);
        if (pages > pagesEach && item < tile.y) {
          volatile __global float* head = found + (size_t)item * H * room + (size_t)page * (D + 2) + D;
          put(head, pageLargest[item]);
          put(head + 1, pageTotal);
        }
      }
      for (int strand = 0; strand < min(STAGED, valid - part); strand += KEY_TEAM)
        UNROLL for (int n = 0; n < ND; n++) {
          float ofStrand[RQ];
          UNROLL for (int i = 0; i < RQ; i++) ofStrand[i] = 0.0f;
          for (int j = strand; j < min(strand + KEY_TEAM, valid - part); j++) {
            const float value = lane + n * PAGE < D ? staged[j][lane + n * PAGE] : 0.0f;
            UNROLL for (int i = 0; i < RQ; i++) ofStrand[i] = fma(p[part + j][ownRow + i], value, ofStrand[i]);
          }
          UNROLL for (int i = 0; i < RQ; i++) pageSum[n][i] += ofStrand[i];
        }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    UNROLL for (int n = 0; n < ND; n++)
      UNROLL for (int i = 0; i < RQ; i++) {
        const float2 by = factors[ownRow + i];
        sum[n][i] = fma(sum[n][i], by.x, pageSum[n][i] * by.y);
        if (pages > pagesEach && ownRow + i < tile.y && lane + n * PAGE < D)
          put(found + (size_t)(ownRow + i) * H * room + (size_t)page * (D + 2) + lane + n * PAGE, pageSum[n][i]);
      }
    block = next;
  }

  if (pages <= pagesEach) {
    UNROLL for (int i = 0; i < RQ; i++)
      UNROLL for (int n = 0; n < ND; n++)
        if (ownRow + i < tile.y && lane + n * PAGE < D)
          y[(size_t)(ownRow + i) * yStride + lane + n * PAGE] = sum[n][i] / total[ownRow + i];
  } else if (is_last(arrivals + (size_t)z * H + h, (pages + pagesEach - 1) / pagesEach, &isLast)) {
    for (int row = 0; row < tile.y; row++)
      fold_pages(found + (size_t)row * H * room, (tile.w + row) / PAGE + 1, heads, y + (size_t)row * yStride, LOCAL);
  }
}
