// Causal attention of single rows on tensor cores: formula and buffers in attention.h, the order of sums, and so the
// bits, of attention_mma.cl.
//
//     a page      64 positions                              TEAM warps share it:
//               +--------+--------+--------+--------+
//     keys      | warp 0 | warp 1 | warp 2 | warp 3 |       16 positions each, 16 bytes of a key in a lane's registers
//               +--------+--------+--------+--------+
//     values    |        warp 0: its channels       |       all positions, in local memory, by cp.async
//               |        warp 1                     |
//               +--------+--------+--------+--------+
//
// attend:  global (LOCAL*chunks, H, tileCount + others), local (LOCAL, 1, 1): a row, a head and a chunk, PAGES pages
//          at a time. The row's own key and value are taken from qkv, rounded as the cache's are, and written where the
//          row says so. Where `compact`, the t-th tile's row becomes row t of y, else its own. The other work-groups
//          ask for `aheadCount` sectors of a later launch's weights, from `aheadFirst` on.
//
// One row's way through the kernel is what it takes, as it waits for one thing after the other: so a page's work is cut
// in four, and what depends on nothing is asked for first. All eight rows of an mma are the one, so lanes g have what
// lanes 0 to 3 have; what an mma multiplies stands in mma.h.
//
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Local memory: 32 KiB of values, 5.5 KiB.

#include "simt/ahead.h"
#include "simt/attention_mma.h"

#if DOT_UNIT == DOT_MMA
#define TEAM BLOCKS
#ifndef PAGES
#define PAGES 2  // at a time
#endif
#define WARPS (TEAM * PAGES)
#define LOCAL (32 * WARPS)
#define CHUNKS (8 * OCTETS)            // 16 bytes each, of a position's value
#define TOGETHER (32 * TEAM / CHUNKS)  // positions that a team copies at a time
#define IS_AHEAD (OCTETS == 1)         // whether local memory does for a page of values that is on its way
/// Where a chunk of a value lies: what a warp reads at once is in different banks.
#define VALUE_PLACE(position, chunk) ((position) * CHUNKS + ((chunk) ^ (position) % 8))

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict rows, __global const int4* restrict tiles,
            __global const int* restrict table, __global const int* restrict ended, __global CACHE* restrict keys,
            __global CACHE* restrict values, volatile __global float* restrict found,
            volatile __global int* restrict arrivals, __global const uint4* restrict ahead, __global float* restrict y,
            const int firstTile, const int tileCount, const int H, const int B, const int pagesEach,
            const int qkvStride, const int yStride, const int compact, const float scale, const int aheadFirst,
            const int aheadCount) {
  __local uint4 valuesOfPages[1 + IS_AHEAD][PAGES][PAGE * CHUNKS];
  __local float4 maxima[PAGES];                                // of each warp's scores
  __local float2 scores[PAGES][PAGE / 2], sums[PAGES][4 * CHUNKS];
  __local float2 exponentials[PAGES][PAGE / 2];                // lane t's, then those of the next
  __local uint4 weights[WARPS][2][PAGE / 8];                   // high and low, likewise
  __local float2 heads[PAGES], headsOfPages[LOCAL];            // largest score, and sum of weights
  __local int isLast;
  const int item = ITEM, lane = item % 32, warp = item / 32, g = lane / 4, t = lane % 4;
  const int place = warp / TEAM, member = warp % TEAM, chunkOfValue = item % CHUNKS;
  const int chunk = (int)get_group_id(0), h = (int)get_group_id(1), z = (int)get_group_id(2);
  if (z >= tileCount) {
    const int groups = (int)get_num_groups(0) * H, group = ((z - tileCount) * H + h) * (int)get_num_groups(0) + chunk;
    fetch_ahead(ahead, aheadFirst, aheadCount, group, ((int)get_num_groups(2) - tileCount) * groups, LOCAL);
    return;
  }
  const int4 tile = tiles[firstTile + z];
  const int own = tile.w, pages = own / PAGE + 1;
  const int firstPage = chunk * pagesEach, endPage = min(firstPage + pagesEach, pages);
  table += (size_t)tile.z * B;
  qkv += (size_t)tile.x * qkvStride + h * D;

  // All that the tile leads to is asked for at once.
  int page = firstPage + place;
  const int firstBlock = table[min(page, pages - 1)], ownBlock = table[pages - 1];
  const int4 row = rows[tile.x];
  const int hasEnded = ended[tile.z];
  float query[QUARTETS][8], ownKeys[QUARTETS][8], ownValues[8];
  UNROLL for (int i = 0; i < QUARTETS; i++) load_numbers(qkv, 4 * i + t, 1, query[i]);
  UNROLL for (int i = 0; i < QUARTETS; i++) load_numbers(qkv + H * D, 4 * i + t, 1, ownKeys[i]);
  load_numbers(qkv + 2 * H * D, chunkOfValue, 1, ownValues);
  const int d = min(item, D - 1);
  const float keyToStore = qkv[H * D + d], valueToStore = qkv[2 * H * D + d];
  const int isLeftOut = row.z < 0 && hasEnded;
  // No page is below zero: but so the compiler cannot move the load behind the branch, where it would come later.
  if (isLeftOut || firstPage >= endPage || firstBlock < 0) return;
  y += (size_t)(compact ? z : tile.x) * yStride + h * D;
  found += ((size_t)z * H + h) * (size_t)(get_num_groups(0) * pagesEach) * (D + 2);

  // Each page is on its way while the page before it is folded.
  uint4 keyRuns[QUARTETS][2];
  size_t block = firstBlock;
  int count = 0;  // positions of the page that the cache has
#define FETCH_KEYS                                                                                               \
  if (page < endPage) {                                                                                          \
    block = (block * H + h) * PAGE * D;                                                                          \
    count = min(own - page * PAGE, PAGE);                                                                        \
    UNROLL for (int i = 0; i < QUARTETS; i++)                                                                    \
      UNROLL for (int j = 0; j < 2; j++)                                                                         \
        keyRuns[i][j] = fetch(keys + block, 16 * member + 8 * j + g, count, 4 * i + t);                          \
  }
#define POSITION (item % (32 * TEAM) / CHUNKS + i * TOGETHER)
#if D % V == 0
#define COPY_VALUE(to) \
  copy_async(to, (__global const uint4*)(values + block + POSITION * D + chunkOfValue * V), 16)
#else
#define COPY_VALUE(to) *(to) = load_run(values + block + POSITION * D, chunkOfValue * V)
#endif
#define FETCH_VALUES(buffer)                                                                         \
  do {                                                                                               \
    if (page < endPage && chunkOfValue < RUNS)                                                       \
      UNROLL for (int i = 0; i < PAGE / TOGETHER; i++)                                               \
        if (POSITION < count)                                                                        \
          COPY_VALUE(&valuesOfPages[buffer][place][VALUE_PLACE(POSITION, chunkOfValue)]);            \
    COMMIT_COPIES();                                                                                 \
  } while (0)
  FETCH_KEYS
  FETCH_VALUES(0);

  uint queries[2][QUARTETS][4];
  uint4 ownKey[QUARTETS];
  UNROLL for (int i = 0; i < QUARTETS; i++) {
    ownKey[i] = round_run(ownKeys[i]);
    UNROLL for (int word = 0; word < 4; word++)
      split_halves((float2)(query[i][2 * word], query[i][2 * word + 1]), &queries[0][i][word], &queries[1][i][word]);
  }
  const uint4 ownValue = round_run(ownValues);

  float largest = -INFINITY, total = 0.0f, folded = 0.0f;
  int buffer = 0;
  for (int first = firstPage; first < endPage; first += PAGES) {
    const int isThere = page < endPage, last = own - page * PAGE, there = count;
    const int next = table[min(page + PAGES, pages - 1)];
    __local uint4* pageValues = valuesOfPages[buffer][place];
    if (isThere) {
      float s[2][2], most = -INFINITY;
      UNROLL for (int part = 0; part < (QUARTETS + 1) / 2; part++) {
        float sum[2][4];
        UNROLL for (int j = 0; j < 2; j++) UNROLL for (int i = 0; i < 4; i++) sum[j][i] = 0.0f;
        UNROLL for (int i = 2 * part; i < min(2 * part + 2, QUARTETS); i++)
          UNROLL for (int side = 0; side < 2; side++)
            UNROLL for (int split = 1; split >= 0; split--) {
              const uint a[4] = {queries[split][i][2 * side], 0, queries[split][i][2 * side + 1], 0};
              UNROLL for (int j = 0; j < 2; j++) {
                const uint4 run = 16 * member + 8 * j + g < there ? keyRuns[i][j] : ownKey[i];
                const uint b[2] = {side ? run.z : run.x, side ? run.w : run.y};
                multiply_slots(sum[j], a, b);
              }
            }
        UNROLL for (int j = 0; j < 2; j++)
          UNROLL for (int i = 0; i < 2; i++) s[j][i] = part == 0 ? sum[j][i] : s[j][i] + sum[j][i];
      }
      UNROLL for (int j = 0; j < 2; j++)
        UNROLL for (int i = 0; i < 2; i++) {
          s[j][i] = 16 * member + 8 * j + 2 * t + i <= last ? s[j][i] * scale : -INFINITY;
          most = fmax(most, s[j][i]);
        }
      OF_ROW(most, fmax);
      if (g == 0) {
        UNROLL for (int j = 0; j < 2; j++) scores[place][8 * member + 4 * j + t] = (float2)(s[j][0], s[j][1]);
        if (t == 0) ((__local float*)&maxima[place])[member] = most;
      }
      if (chunkOfValue < RUNS && there < PAGE)
        UNROLL for (int i = 0; i < PAGE / TOGETHER; i++)
          if (POSITION >= there) pageValues[VALUE_PLACE(POSITION, chunkOfValue)] = ownValue;
    }
    AWAIT_COPIES(0);
    barrier(CLK_LOCAL_MEM_FENCE);  // scores and values are there

    if (isThere) {
      const float4 most4 = maxima[place];
      const float most = fmax(fmax(most4.x, most4.y), fmax(most4.z, most4.w));
      const float2 score = scores[place][lane];
      const float2 pair = (float2)(weight(score.x, most), weight(score.y, most));
      uint high, low;
      split_halves(pair, &high, &low);
      ((__local uint*)weights[warp][0])[8 * t + g] = high;
      ((__local uint*)weights[warp][1])[8 * t + g] = low;
      if (member == 0) exponentials[place][8 * t + g] = pair;
      WARP_BARRIER();
      uint words[2][PAGE / 8];
      UNROLL for (int split = 0; split < 2; split++)
        UNROLL for (int i = 0; i < 2; i++) vstore4(weights[warp][split][2 * t + i], i, words[split]);
      UNROLL for (int octet = 0; octet < OCTETS; octet++) {
        const int column = 8 * octet + 2 * member;  // of 8 channels, and the next one
        float sum[2][4];
        if (column >= RUNS) continue;
        UNROLL for (int n = 0; n < 2; n++) UNROLL for (int i = 0; i < 4; i++) sum[n][i] = 0.0f;
        UNROLL for (int b = 0; b < BLOCKS; b++) {
          uint columns[2][2];
          load_columns_of_halves(&pageValues[VALUE_PLACE(16 * b + lane % 16, min(column + lane / 16, RUNS - 1))],
                                 columns[0]);
          UNROLL for (int split = 1; split >= 0; split--) {
            const uint a[4] = {words[split][2 * b], 0, words[split][2 * b + 1], 0};
            UNROLL for (int n = 0; n < 2; n++) multiply_slots(sum[n], a, columns[n]);
          }
        }
        if (g == 0)
          UNROLL for (int n = 0; n < 2; n++) sums[place][4 * (column + n) + t] = (float2)(sum[n][0], sum[n][1]);
      }
      if (member == 0) {
        float added = 0.0f;
        UNROLL for (int j = 0; j < PAGE / 8; j++) {
          const float2 own = exponentials[place][8 * t + j];
          added += own.x;
          added += own.y;
        }
        OF_ROW(added, ADD);
        if (lane == 0) heads[place] = (float2)(most, added);
      }
    }
    page += PAGES;
    block = next;
    FETCH_KEYS
    if (IS_AHEAD) FETCH_VALUES(1 - buffer);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (!IS_AHEAD) FETCH_VALUES(0);

    for (int other = 0; other < min(PAGES, endPage - first); other++) {
      const float2 head = heads[other], factors = fold(&largest, head.x);
      const float pageSum = ((__local const float*)sums[other])[d];
      volatile __global float* to = found + (size_t)(first + other) * (D + 2);
      total = fma(total, factors.x, head.y * factors.y);
      folded = fma(folded, factors.x, pageSum * factors.y);
      if (pages <= pagesEach) continue;
      if (item < D) put(to + d, pageSum);
      if (item == 0) {
        put(to + D, head.x);
        put(to + D + 1, head.y);
      }
    }
    if (IS_AHEAD) buffer = 1 - buffer;
  }

  if (pages <= pagesEach && item < D) y[d] = folded / total;
  if (row.w && endPage == pages && item < D) {
    const size_t ownPlace = (((size_t)ownBlock * H + h) * PAGE + own % PAGE) * D + d;
    STORE(keyToStore, ownPlace, keys);
    STORE(valueToStore, ownPlace, values);
  }
  if (pages > pagesEach && is_last(arrivals + (size_t)z * H + h, (pages + pagesEach - 1) / pagesEach, &isLast))
    fold_pages(found, pages, headsOfPages, y, LOCAL);
}
#endif
