// Causal attention of single rows for GPU-type devices, bound by the keys and values it streams: formula, buffers and
// order of sums in attention.h.
//
//     a page of keys, or of values:          TEAM items, 16 bytes of one position each
//                                           +----+----+-- -- --+----+
//     items 0 ... TEAM-1 (a strand)         | 0  | 1  |        |    |  position 0, then 1, ... TEAM-1:
//                                           +----+----+-- -- --+----+  all on their way before the first is used
//     the next TEAM items                   |    |    |        |    |  position TEAM, TEAM + 1, ...
//     ...                                   +----+----+-- -- --+----+
//
// append:  global size (RUNS, H, M), any local: writes the keys and values of rows, but those of attend, an item a run.
// attend:  global (LOCAL*chunks, H, tiles*height), local (LOCAL, 1, 1): a row of a tile of at most `height` rows, a
//          head and a chunk. Where the row says so it writes the row's own key and value, too: no other row of the step
//          may need them. Where `compact`, the t-th tile's row becomes row t of y, else its own.
//
// The row's own key and value are taken from qkv, rounded as the cache's are, so none waits for what it has written.
// Keys and values of a page are asked for at once, FLIGHT loads of 16 bytes an item each. A position behind the row's
// own is taken for the same, with a weight of 0.
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Local memory: 4 * 64 (TEAM + 1) bytes, the row's query, key and value, and 1.5 KiB.

#include "simt/attention.h"

#define LOCAL PAGE                           // an item a position, when scores become weights
#define STRANDS (PAGE / TEAM)
#define MEMBERS (RUNS < TEAM ? RUNS : TEAM)  // items of a team that have something to load
#define PASSES ((RUNS + TEAM - 1) / TEAM)    // runs of an item at a position
#define FLIGHT (TEAM < 8 ? TEAM : 8)         // loads of a kind under way
#define FLIGHTS (TEAM / FLIGHT)              // of a pass
#define SCORE_ROOM (PAGE * (TEAM + 1))       // the one keeps positions in different banks
#define VALUE_ROOM (STRANDS * RUNS * V)

/// Writes V numbers of a row, or as many as there are from channel `d` on, to the cache.
INLINE void store_run(__global const float* from, const int d, __global CACHE* to) {
#if D % V != 0
  UNROLL for (int i = 0; i < V; i++) if (d + i < D) STORE(from[i], i, to);
#elif CACHE_TYPE == TYPE_F32
  *(__global float4*)to = *(__global const float4*)from;
#else
  float values[V];
  ushort run[V];  // each by itself: compilers keep in memory what is stored by one type and loaded by another
  UNROLL for (int i = 0; i < V / 4; i++) vstore4(((__global const float4*)from)[i], i, values);
  UNROLL for (int i = 0; i < V; i++) STORE(values[i], 0, (half*)&run[i]);
  *(__global uint4*)to = as_uint4(vload8(0, run));
#endif
}

__kernel void append(__global const float* restrict qkv, __global const int4* restrict rows,
                     __global const int* restrict table, __global CACHE* restrict keys, __global CACHE* restrict values,
                     const int H, const int B, const int qkvStride) {
  const size_t h = get_global_id(1), m = get_global_id(2);
  const int4 row = rows[m];
  if (row.w) return;
  const int d = (int)get_global_id(0) * V, position = row.y;
  const size_t page = table[(size_t)row.x * B + position / PAGE];
  const size_t to = ((page * H + h) * PAGE + position % PAGE) * D + d;
  __global const float* from = qkv + m * qkvStride + h * D + d;
  store_run(from + H * D, d, keys + to);
  store_run(from + 2 * H * D, d, values + to);
}

/// What an item loads in flight `flight`: one run of FLIGHT positions. Behind those below `count` the last of them
/// again, and where there are none the page's last, which nobody uses: a load that depends on a branch waits for it.
INLINE void fetch(__global const CACHE* from, const int flight, const int count, uint4 runs[FLIGHT]) {
  const int item = ITEM, run = min(flight / FLIGHTS * TEAM + item % TEAM, RUNS - 1);
  const int first = item / TEAM * TEAM + flight % FLIGHTS * FLIGHT;
  UNROLL for (int j = 0; j < FLIGHT; j++)
    runs[j] = load_run(from + (min(first + j, count - 1) & (PAGE - 1)) * D, run * V);
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict rows, __global const int4* restrict tiles,
            __global const int* restrict table, __global const int* restrict ended, __global CACHE* restrict keys,
            __global CACHE* restrict values, volatile __global float* restrict found,
            volatile __global int* restrict arrivals, __global float* restrict y, const int firstTile, const int height,
            const int H, const int B, const int pagesEach, const int qkvStride, const int yStride, const int compact,
            const float scale) {
  __local float4 scores[PAGE / 4], weights[PAGE / 4];
  __local float q[RUNS * V], room[SCORE_ROOM > VALUE_ROOM ? SCORE_ROOM : VALUE_ROOM];
  __local uint4 ownKey[RUNS], ownValue[RUNS];
  __local float2 heads[LOCAL];
  __local int isLast;
  const int item = ITEM, strand = item / TEAM, member = item % TEAM;
  const int chunk = (int)get_group_id(0), h = (int)get_group_id(1), z = (int)get_group_id(2);
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
  found += ((size_t)z * H + h) * (size_t)(get_num_groups(0) * pagesEach) * (D + 2);
  y += (size_t)(compact ? z / height : m) * yStride + h * D;

  // The first page is on its way while the query is made, each next one while the page before it is attended to.
  size_t block = ((size_t)firstBlock * H + h) * PAGE * D;
  uint4 keyRuns[FLIGHT], valueRuns[FLIGHT];
  fetch(keys + block, 0, ownPosition - firstPage * PAGE, keyRuns);
  fetch(values + block, 0, ownPosition - firstPage * PAGE, valueRuns);
  const size_t ownPlace = (((size_t)ownBlock * H + h) * PAGE + ownPosition % PAGE) * D;
  UNROLL for (int n = 0; n < ND; n++) {
    const int d = item + n * PAGE;
    if (D % PAGE == 0 || d < RUNS * V) {
      q[d] = d < D ? query[n] : 0.0f;
      STORE(d < D ? ownKeys[n] : 0.0f, d, (__local CACHE*)ownKey);
      STORE(d < D ? ownValues[n] : 0.0f, d, (__local CACHE*)ownValue);
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

    for (int flight = 0; flight < PASSES * FLIGHTS; flight++) {
      if (flight > 0) fetch(keys + block, flight, own, keyRuns);
      const int run = flight / FLIGHTS * TEAM + member, first = strand * TEAM + flight % FLIGHTS * FLIGHT;
      if (run < RUNS)
        UNROLL for (int j = 0; j < FLIGHT; j++) {
          float key[V], part = 0.0f;
          widen_run(first + j < own ? keyRuns[j] : ownKey[run], key);
          UNROLL for (int i = 0; i < V; i++) part = fma(q[run * V + i], key[i], part);
          __local float* to = room + (first + j) * (TEAM + 1) + member;
          *to = flight < FLIGHTS ? part : *to + part;
        }
    }
    if (page + 1 < endPage) fetch(keys + next, 0, own - PAGE, keyRuns);
    barrier(CLK_LOCAL_MEM_FENCE);
    float score = 0.0f, pageLargest = -INFINITY;
    UNROLL for (int i = 0; i < MEMBERS; i++) score += room[item * (TEAM + 1) + i];
    score = item <= own ? score * scale : -INFINITY;
    ((__local float*)scores)[item] = score;
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL for (int i = 0; i < PAGE / 4; i++) {
      const float2 pair = fmax(scores[i].lo, scores[i].hi);
      pageLargest = fmax(pageLargest, fmax(pair.x, pair.y));
    }
    ((__local float*)weights)[item] = score == -INFINITY ? 0.0f : exp(score - pageLargest);
    barrier(CLK_LOCAL_MEM_FENCE);

    float part[V], pageTotal = 0.0f;
    for (int flight = 0; flight < PASSES * FLIGHTS; flight++) {
      if (flight > 0) fetch(values + block, flight, own, valueRuns);
      const int run = flight / FLIGHTS * TEAM + member, first = strand * TEAM + flight % FLIGHTS * FLIGHT;
      if (flight % FLIGHTS == 0) UNROLL for (int i = 0; i < V; i++) part[i] = 0.0f;
      if (run < RUNS) {
        UNROLL for (int j = 0; j < FLIGHT; j++) {
          float value[V];
          const float weight = ((__local float*)weights)[first + j];
          widen_run(first + j < own ? valueRuns[j] : ownValue[run], value);
          UNROLL for (int i = 0; i < V; i++) part[i] = fma(weight, value[i], part[i]);
        }
        if (flight % FLIGHTS == FLIGHTS - 1)
          UNROLL for (int i = 0; i < V; i++) room[strand * (RUNS * V) + run * V + i] = part[i];
      }
    }
    if (page + 1 < endPage) fetch(values + next, 0, own - PAGE, valueRuns);
    UNROLL for (int i = 0; i < PAGE / 8; i++) {
      const float4 a = weights[2 * i], b = weights[2 * i + 1];
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
        UNROLL for (int i = 0; i < STRANDS; i++) pageSum += room[i * (RUNS * V) + d];
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
  } else if (is_last(arrivals + (size_t)z * H + h, (pages + pagesEach - 1) / pagesEach, &isLast)) {
    fold_pages(found, pages, heads, y, LOCAL);
  }
}
