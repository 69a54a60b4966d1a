// Causal attention of a single row, a head and a chunk by a work-group of GPU-type devices: what attention.cl and
// block.cl share; formula, buffers and order of sums in attention.h.
//
//     a page of keys, or of values:          KEY_TEAM items, 16 bytes of one position each
//                                           +----+----+-- -- --+----+
//     items 0 ... KEY_TEAM-1 (a strand)     | 0  | 1  |        |    |  position 0, then 1, ... KEY_TEAM-1:
//                                           +----+----+-- -- --+----+  all on their way before the first is used
//     the next KEY_TEAM items               |    |    |        |    |  position KEY_TEAM, KEY_TEAM + 1, ...
//     ...                                   +----+----+-- -- --+----+
//
// The row's own key and value are taken from qkv, rounded as the cache's are, so none waits for what it has written.
// Where the row says so it writes them, too: no other row of the step may need them.
// Keys and values of a page are asked for at once, KEY_FLIGHT loads of 16 bytes an item each. A position behind the
// row's own is taken for the same, with a weight of 0.
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Local memory: 4 * 64 (KEY_TEAM + 1) bytes, the row's query, key and value, and 1.5 KiB. No kernel: others include it,
// and are empty on tensor cores.

#pragma once
#include "simt/attention.h"

#if DOT_UNIT != DOT_MMA
#define ROW_ITEMS PAGE  // an item a position, when scores become weights
#define KEY_STRANDS (PAGE / KEY_TEAM)
#define MEMBERS (RUNS < KEY_TEAM ? RUNS : KEY_TEAM)  // items of a team that have something to load
#define PASSES ((RUNS + KEY_TEAM - 1) / KEY_TEAM)    // runs of an item at a position
#define KEY_FLIGHT (KEY_TEAM < 8 ? KEY_TEAM : 8)     // loads of a kind under way
#define KEY_FLIGHTS (KEY_TEAM / KEY_FLIGHT)          // of a pass
#define SCORE_ROOM (PAGE * (KEY_TEAM + 1))           // the one keeps positions in different banks
#define VALUE_ROOM (KEY_STRANDS * RUNS * KEY_V)
#define QUERY_ROOM (RUNS * KEY_V)
#define ATTENTION_ROOM (SCORE_ROOM > VALUE_ROOM ? SCORE_ROOM : VALUE_ROOM)

/// A work-group's local memory.
typedef struct {
  __local float4 *scores, *weights;  // (PAGE / 4)
  __local float *q, *room;           // (QUERY_ROOM), (ATTENTION_ROOM)
  __local uint4 *ownKey, *ownValue;  // (RUNS)
  __local float2* heads;             // (ROW_ITEMS)
  __local int* isLast;
} RowMemory;

#define ROW_MEMORY (PAGE / 2 + (QUERY_ROOM + ATTENTION_ROOM + 3) / 4 + 2 * RUNS + ROW_ITEMS / 2)  // of 16 bytes

/// A part of ROW_MEMORY.
INLINE RowMemory row_memory(__local uint4* memory, __local int* isLast) {
  RowMemory l;
  l.scores = (__local float4*)memory;
  l.weights = l.scores + PAGE / 4;
  l.ownKey = (__local uint4*)(l.weights + PAGE / 4);
  l.ownValue = l.ownKey + RUNS;
  l.heads = (__local float2*)(l.ownValue + RUNS);
  l.q = (__local float*)(l.heads + ROW_ITEMS);
  l.room = l.q + QUERY_ROOM;
  l.isLast = isLast;
  return l;
}

/// What an item loads in flight `flight`: one run of KEY_FLIGHT positions. Behind those below `count` the last of them
/// again, and where there are none the page's last, which nobody uses: a load that depends on a branch waits for it.
INLINE void fetch_runs(__global const CACHE* from, const int flight, const int count, uint4 runs[KEY_FLIGHT]) {
  const int item = ITEM, run = min(flight / KEY_FLIGHTS * KEY_TEAM + item % KEY_TEAM, RUNS - 1);
  const int first = item / KEY_TEAM * KEY_TEAM + flight % KEY_FLIGHTS * KEY_FLIGHT;
  UNROLL for (int j = 0; j < KEY_FLIGHT; j++)
    runs[j] = load_key_run(from + (min(first + j, count - 1) & (PAGE - 1)) * D, run * KEY_V);
}

/// y = the attention of the z-th row, of tiles of at most `height` rows, to `pagesEach` pages of a head, which are
/// chunk `chunk` of `chunks`. Where `compact`, the t-th tile's row becomes row t of y, else its own.
INLINE void attend_row(__global const float* qkv, __global const int4* rows, __global const int4* tiles,
                       __global const int* table, __global const int* ended, __global CACHE* keys,
                       __global CACHE* values, volatile __global float* found, volatile __global int* arrivals,
                       __global float* y, const RowMemory l, const int chunk, const int chunks,
                       const int h, const int z, const int firstTile, const int height, const int H, const int B,
                       const int pagesEach, const int qkvStride, const int yStride, const int compact,
                       const float scale) {
  const int item = ITEM, strand = item / KEY_TEAM, member = item % KEY_TEAM;
  const int4 tile = tiles[firstTile + z / height];
  const int skipped = z % height, rowOfTile = min(skipped, tile.y - 1);
  const int m = tile.x + rowOfTile, ownPosition = tile.w + rowOfTile, ownPage = ownPosition / PAGE;
  const int firstPage = chunk * pagesEach;

  // All that the tile leads to is asked for at once.
  table += (size_t)tile.z * B;
  qkv += (size_t)m * qkvStride + h * D;
  const int4 row = rows[m];
  const int hasEnded = ended[tile.z], firstBlock = table[min(firstPage, ownPage)], ownBlock = table[ownPage];
  float query[ND], ownKeys[ND], ownValues[ND];
  UNROLL for (int n = 0; n < ND; n++) {
    const int d = min(item + n * PAGE, D - 1);
    query[n] = qkv[d];
    ownKeys[n] = qkv[H * D + d];
    ownValues[n] = qkv[2 * H * D + d];
  }
  const int isLeftOut = skipped >= tile.y || (row.z < 0 && hasEnded);
  const int pages = isLeftOut ? 0 : ownPage + 1, endPage = min(firstPage + pagesEach, pages);
  // No page is below zero: but so the compiler cannot move the load behind the branch, where it would come later.
  if (firstPage >= endPage || firstBlock < 0) return;
  found += ((size_t)z * H + h) * (size_t)(chunks * pagesEach) * (D + 2);
  y += (size_t)(compact ? z / height : m) * yStride + h * D;

  // The first page is on its way while the query is made, each next one while the page before it is attended to.
  size_t block = ((size_t)firstBlock * H + h) * PAGE * D;
  uint4 keyRuns[KEY_FLIGHT], valueRuns[KEY_FLIGHT];
  fetch_runs(keys + block, 0, ownPosition - firstPage * PAGE, keyRuns);
  fetch_runs(values + block, 0, ownPosition - firstPage * PAGE, valueRuns);
  const size_t ownPlace = (((size_t)ownBlock * H + h) * PAGE + ownPosition % PAGE) * D;
  UNROLL for (int n = 0; n < ND; n++) {
    const int d = item + n * PAGE;
    if (D % PAGE == 0 || d < RUNS * KEY_V) {
      l.q[d] = d < D ? query[n] : 0.0f;
      STORE(d < D ? ownKeys[n] : 0.0f, d, (__local CACHE*)l.ownKey);
      STORE(d < D ? ownValues[n] : 0.0f, d, (__local CACHE*)l.ownValue);
    }
    if (row.w && endPage == pages && (D % PAGE == 0 || d < D)) {
      STORE(ownKeys[n], ownPlace + d, keys);
      STORE(ownValues[n], ownPlace + d, values);
    }
  }

  float largest = -INFINITY, total = 0.0f, sum[ND];
  UNROLL for (int n = 0; n < ND; n++) sum[n] = 0.0f;
  for (int page = firstPage; page < endPage; page++) {
    const int own = ownPosition - page * PAGE;  // the row's own place in the page, if there
    const size_t next = ((size_t)table[min(page + 1, endPage - 1)] * H + h) * PAGE * D;
    barrier(CLK_LOCAL_MEM_FENCE);

    for (int flight = 0; flight < PASSES * KEY_FLIGHTS; flight++) {
      if (flight > 0) fetch_runs(keys + block, flight, own, keyRuns);
      const int run = flight / KEY_FLIGHTS * KEY_TEAM + member;
      const int first = strand * KEY_TEAM + flight % KEY_FLIGHTS * KEY_FLIGHT;
      if (run < RUNS)
        UNROLL for (int j = 0; j < KEY_FLIGHT; j++) {
          float key[KEY_V], part = 0.0f;
          widen_run(first + j < own ? keyRuns[j] : l.ownKey[run], key);
          UNROLL for (int i = 0; i < KEY_V; i++) part = fma(l.q[run * KEY_V + i], key[i], part);
          __local float* to = l.room + (first + j) * (KEY_TEAM + 1) + member;
          *to = flight < KEY_FLIGHTS ? part : *to + part;
        }
    }
    if (page + 1 < endPage) fetch_runs(keys + next, 0, own - PAGE, keyRuns);
    barrier(CLK_LOCAL_MEM_FENCE);
    float score = 0.0f, pageLargest = -INFINITY;
    UNROLL for (int i = 0; i < MEMBERS; i++) score += l.room[item * (KEY_TEAM + 1) + i];
    score = item <= own ? score * scale : -INFINITY;
    ((__local float*)l.scores)[item] = score;
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL for (int i = 0; i < PAGE / 4; i++) {
      const float2 pair = fmax(l.scores[i].lo, l.scores[i].hi);
      pageLargest = fmax(pageLargest, fmax(pair.x, pair.y));
    }
    ((__local float*)l.weights)[item] = score == -INFINITY ? 0.0f : exp(score - pageLargest);
    barrier(CLK_LOCAL_MEM_FENCE);

    float part[KEY_V], pageTotal = 0.0f;
    for (int flight = 0; flight < PASSES * KEY_FLIGHTS; flight++) {
      if (flight > 0) fetch_runs(values + block, flight, own, valueRuns);
      const int run = flight / KEY_FLIGHTS * KEY_TEAM + member;
      const int first = strand * KEY_TEAM + flight % KEY_FLIGHTS * KEY_FLIGHT;
      if (flight % KEY_FLIGHTS == 0) UNROLL for (int i = 0; i < KEY_V; i++) part[i] = 0.0f;
      if (run < RUNS) {
        UNROLL for (int j = 0; j < KEY_FLIGHT; j++) {
          float value[KEY_V];
          const float weight = ((__local float*)l.weights)[first + j];
          widen_run(first + j < own ? valueRuns[j] : l.ownValue[run], value);
          UNROLL for (int i = 0; i < KEY_V; i++) part[i] = fma(weight, value[i], part[i]);
        }
        if (flight % KEY_FLIGHTS == KEY_FLIGHTS - 1)
          UNROLL for (int i = 0; i < KEY_V; i++) l.room[strand * (RUNS * KEY_V) + run * KEY_V + i] = part[i];
      }
    }
    if (page + 1 < endPage) fetch_runs(values + next, 0, own - PAGE, valueRuns);
    UNROLL for (int i = 0; i < PAGE / 8; i++) {
      const float4 a = l.weights[2 * i], b = l.weights[2 * i + 1];
      pageTotal += a.x + a.y + a.z + a.w + b.x + b.y + b.z + b.w;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    volatile __global float* to = found + (size_t)page * (D + 2);
    const float2 factors = fold(&largest, pageLargest);
    total = fma(total, factors.x, pageTotal * factors.y);
    UNROLL for (int n = 0; n < ND; n++) {
      const int d = item + n * PAGE;
      float pageSum = 0.0f;
      if (d < D)
        UNROLL for (int i = 0; i < KEY_STRANDS; i++) pageSum += l.room[i * (RUNS * KEY_V) + d];
      sum[n] = fma(sum[n], factors.x, pageSum * factors.y);
      if (pages > pagesEach && d < D) put(to + d, pageSum);
    }
    if (pages > pagesEach && item == 0) {
      put(to + D, pageLargest);
      put(to + D + 1, pageTotal);
    }
    block = next;
  }

  if (pages <= pagesEach) {
    UNROLL for (int n = 0; n < ND; n++)
      if (item + n * PAGE < D) y[item + n * PAGE] = sum[n] / total;
  } else if (is_last(arrivals + (size_t)z * H + h, (pages + pagesEach - 1) / pagesEach, l.isLast)) {
    fold_pages(found, pages, l.heads, y, ROW_ITEMS);
  }
}
#endif
