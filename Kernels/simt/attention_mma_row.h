// Causal attention of a single row, a head and a chunk by a work-group's tensor cores: what attention_mma_row.cl and
// block.cl share; formula and buffers in attention.h, the order of sums, and so the bits, of attention_mma.cl.
//
//     a page      64 positions                              PAGE_WARPS warps share it:
//               +--------+--------+--------+--------+
//     keys      | warp 0 | warp 1 | warp 2 | warp 3 |       16 positions each, 16 bytes of a key in a lane's registers
//               +--------+--------+--------+--------+
//     values    |        warp 0: its channels       |       all positions, in local memory, by cp.async
//               |        warp 1                     |
//               +--------+--------+--------+--------+
//
// The row's own key and value are taken from qkv, rounded as the cache's are, and written where the row says so.
//
// One row's way through the kernel is what it takes, as it waits for one thing after the other: so a page's work is cut
// in four, and what depends on nothing is asked for first. All eight rows of an mma are the one, so lanes g have what
// lanes 0 to 3 have; what an mma multiplies stands in mma.h.
//
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Local memory: 32 KiB of values, 5.5 KiB. No kernel: others include it, and are empty where DOT_UNIT is another.

#pragma once
#include "simt/attention_mma.h"

#if DOT_UNIT == DOT_MMA
#define PAGE_WARPS PAGE_BLOCKS
#ifndef PAGES
#define PAGES 2  // at a time
#endif
#define ROW_WARPS (PAGE_WARPS * PAGES)
#define ROW_ITEMS (32 * ROW_WARPS)
#define VALUE_CHUNKS (8 * OCTETS)                         // 16 bytes each, of a position's value
#define COPIED_TOGETHER (32 * PAGE_WARPS / VALUE_CHUNKS)  // positions that a page's warps copy at a time
#define IS_AHEAD (OCTETS == 1)                            // whether there is room for a page of values under way
/// Where a chunk of a value lies: what a warp reads at once is in different banks.
#define VALUE_PLACE(position, chunk) ((position) * VALUE_CHUNKS + ((chunk) ^ (position) % 8))

/// A work-group's local memory.
typedef struct {
  __local uint4 (*valuesOfPages)[PAGES][PAGE * VALUE_CHUNKS];  // (1 + IS_AHEAD)
  __local float4* maxima;                                      // (PAGES): of each warp's scores
  __local float2 (*scores)[PAGE / 2], (*sums)[4 * VALUE_CHUNKS];  // (PAGES)
  __local float2 (*exponentials)[PAGE / 2];                    // (PAGES): lane t's, then those of the next
  __local uint4 (*weights)[2][PAGE / 8];                       // (ROW_WARPS): high and low, likewise
  __local float2 *heads, *headsOfPages;                        // (PAGES), (ROW_ITEMS): largest score, sum of weights
  __local int* isLast;
} RowMemory;

#define VALUE_MEMORY ((1 + IS_AHEAD) * PAGES * PAGE * VALUE_CHUNKS)  // of 16 bytes, as the next
#define ROW_MEMORY \
  (VALUE_MEMORY + PAGES * (1 + PAGE / 2 + 2 * VALUE_CHUNKS) + ROW_WARPS * PAGE / 4 + (PAGES + ROW_ITEMS + 1) / 2)

/// A part of ROW_MEMORY.
INLINE RowMemory row_memory(__local uint4* memory, __local int* isLast) {
  RowMemory l;
  l.valuesOfPages = (__local uint4 (*)[PAGES][PAGE * VALUE_CHUNKS])memory;
  l.maxima = (__local float4*)(memory + VALUE_MEMORY);
  l.weights = (__local uint4 (*)[2][PAGE / 8])(l.maxima + PAGES);
  l.scores = (__local float2 (*)[PAGE / 2])(l.weights + ROW_WARPS);
  l.exponentials = l.scores + PAGES;
  l.sums = (__local float2 (*)[4 * VALUE_CHUNKS])(l.exponentials + PAGES);
  l.heads = (__local float2*)(l.sums + PAGES);
  l.headsOfPages = l.heads + PAGES;
  l.isLast = isLast;
  return l;
}

/// y = the attention of the row of the z-th tile to `pagesEach` pages of a head, which are chunk `chunk` of `chunks`.
/// Where `compact`, the t-th tile's row becomes row t of y, else its own. `height` is 1.
INLINE void attend_row(__global const float* qkv, __global const int4* rows, __global const int4* tiles,
                       __global const int* table, __global const int* ended, __global CACHE* keys,
                       __global CACHE* values, volatile __global float* found, volatile __global int* arrivals,
                       __global float* y, const RowMemory l, const int chunk, const int chunks,
                       const int h, const int z, const int firstTile, const int height, const int H, const int B,
                       const int pagesEach, const int qkvStride, const int yStride, const int compact,
                       const float scale) {
  const int item = ITEM, lane = item % 32, warp = item / 32, g = lane / 4, t = lane % 4;
  const int place = warp / PAGE_WARPS, member = warp % PAGE_WARPS, chunkOfValue = item % VALUE_CHUNKS;
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
  float query[KEY_QUARTETS][8], ownKeys[KEY_QUARTETS][8], ownValues[8];
  UNROLL for (int i = 0; i < KEY_QUARTETS; i++) load_numbers(qkv, 4 * i + t, 1, query[i]);
  UNROLL for (int i = 0; i < KEY_QUARTETS; i++) load_numbers(qkv + H * D, 4 * i + t, 1, ownKeys[i]);
  load_numbers(qkv + 2 * H * D, chunkOfValue, 1, ownValues);
  const int d = min(item, D - 1);
  const float keyToStore = qkv[H * D + d], valueToStore = qkv[2 * H * D + d];
  const int isLeftOut = row.z < 0 && hasEnded;
  // No page is below zero: but so the compiler cannot move the load behind the branch, where it would come later.
  if (isLeftOut || firstPage >= endPage || firstBlock < 0) return;
  y += (size_t)(compact ? z : tile.x) * yStride + h * D;
  found += ((size_t)z * H + h) * (size_t)(chunks * pagesEach) * (D + 2);

  // Each page is on its way while the page before it is folded.
  uint4 keyRuns[KEY_QUARTETS][2];
  size_t block = firstBlock;
  int count = 0;  // positions of the page that the cache has
#define FETCH_KEYS                                                                                               \
  if (page < endPage) {                                                                                          \
    block = (block * H + h) * PAGE * D;                                                                          \
    count = min(own - page * PAGE, PAGE);                                                                        \
    UNROLL for (int i = 0; i < KEY_QUARTETS; i++)                                                                    \
      UNROLL for (int j = 0; j < 2; j++)                                                                         \
        keyRuns[i][j] = fetch_run(keys + block, 16 * member + 8 * j + g, count, 4 * i + t);                          \
  }
#define POSITION (item % (32 * PAGE_WARPS) / VALUE_CHUNKS + i * COPIED_TOGETHER)
#if D % KEY_V == 0
#define COPY_VALUE(to) \
  copy_async(to, (__global const uint4*)(values + block + POSITION * D + chunkOfValue * KEY_V), 16)
#else
#define COPY_VALUE(to) *(to) = load_key_run(values + block + POSITION * D, chunkOfValue * KEY_V)
#endif
#define FETCH_VALUES(buffer)                                                                         \
  do {                                                                                               \
    if (page < endPage && chunkOfValue < RUNS)                                                       \
      UNROLL for (int i = 0; i < PAGE / COPIED_TOGETHER; i++)                                               \
        if (POSITION < count)                                                                        \
          COPY_VALUE(&l.valuesOfPages[buffer][place][VALUE_PLACE(POSITION, chunkOfValue)]);            \
    COMMIT_COPIES();                                                                                 \
  } while (0)
  FETCH_KEYS
  FETCH_VALUES(0);

  uint queries[2][KEY_QUARTETS][4];
  uint4 ownKey[KEY_QUARTETS];
  UNROLL for (int i = 0; i < KEY_QUARTETS; i++) {
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
    __local uint4* pageValues = l.valuesOfPages[buffer][place];
    if (isThere) {
      float s[2][2], most = -INFINITY;
      UNROLL for (int part = 0; part < (KEY_QUARTETS + 1) / 2; part++) {
        float sum[2][4];
        UNROLL for (int j = 0; j < 2; j++) UNROLL for (int i = 0; i < 4; i++) sum[j][i] = 0.0f;
        UNROLL for (int i = 2 * part; i < min(2 * part + 2, KEY_QUARTETS); i++)
          UNROLL for (int side = 0; side < 2; side++)
            UNROLL for (int split = 1; split >= 0; split--) {
              const uint a[4] = {queries[split][i][2 * side], 0, queries[split][i][2 * side + 1], 0};
              UNROLL for (int j = 0; j < 2; j++) {
                const uint4 run = 16 * member + 8 * j + g < there ? keyRuns[i][j] : ownKey[i];
                const uint b[2] = {side ? run.z : run.x, side ? run.w : run.y};
                multiply_halves(sum[j], a, b);
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
        UNROLL for (int j = 0; j < 2; j++) l.scores[place][8 * member + 4 * j + t] = (float2)(s[j][0], s[j][1]);
        if (t == 0) ((__local float*)&l.maxima[place])[member] = most;
      }
      if (chunkOfValue < RUNS && there < PAGE)
        UNROLL for (int i = 0; i < PAGE / COPIED_TOGETHER; i++)
          if (POSITION >= there) pageValues[VALUE_PLACE(POSITION, chunkOfValue)] = ownValue;
    }
    AWAIT_COPIES(0);
    barrier(CLK_LOCAL_MEM_FENCE);  // scores and values are there

    if (isThere) {
      const float4 most4 = l.maxima[place];
      const float most = fmax(fmax(most4.x, most4.y), fmax(most4.z, most4.w));
      const float2 score = l.scores[place][lane];
      const float2 pair = (float2)(weight(score.x, most), weight(score.y, most));
      uint high, low;
      split_halves(pair, &high, &low);
      ((__local uint*)l.weights[warp][0])[8 * t + g] = high;
      ((__local uint*)l.weights[warp][1])[8 * t + g] = low;
      if (member == 0) l.exponentials[place][8 * t + g] = pair;
      WARP_BARRIER();
      uint words[2][PAGE / 8];
      UNROLL for (int split = 0; split < 2; split++)
        UNROLL for (int i = 0; i < 2; i++) vstore4(l.weights[warp][split][2 * t + i], i, words[split]);
      UNROLL for (int octet = 0; octet < OCTETS; octet++) {
        const int column = 8 * octet + 2 * member;  // of 8 channels, and the next one
        float sum[2][4];
        if (column >= RUNS) continue;
        UNROLL for (int n = 0; n < 2; n++) UNROLL for (int i = 0; i < 4; i++) sum[n][i] = 0.0f;
        UNROLL for (int b = 0; b < PAGE_BLOCKS; b++) {
          uint columns[2][2];
          load_columns_of_halves(&pageValues[VALUE_PLACE(16 * b + lane % 16, min(column + lane / 16, RUNS - 1))],
                                 columns[0]);
          UNROLL for (int split = 1; split >= 0; split--) {
            const uint a[4] = {words[split][2 * b], 0, words[split][2 * b + 1], 0};
            UNROLL for (int n = 0; n < 2; n++) multiply_halves(sum[n], a, columns[n]);
          }
        }
        if (g == 0)
          UNROLL for (int n = 0; n < 2; n++) l.sums[place][4 * (column + n) + t] = (float2)(sum[n][0], sum[n][1]);
      }
      if (member == 0) {
        float added = 0.0f;
        UNROLL for (int j = 0; j < PAGE / 8; j++) {
          const float2 own = l.exponentials[place][8 * t + j];
          added += own.x;
          added += own.y;
        }
        OF_ROW(added, ADD);
        if (lane == 0) l.heads[place] = (float2)(most, added);
      }
    }
    page += PAGES;
    block = next;
    FETCH_KEYS
    if (IS_AHEAD) FETCH_VALUES(1 - buffer);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (!IS_AHEAD) FETCH_VALUES(0);

    for (int other = 0; other < min(PAGES, endPage - first); other++) {
      const float2 head = l.heads[other], factors = fold(&largest, head.x);
      const float pageSum = ((__local const float*)l.sums[other])[d];
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
  if (pages > pagesEach && is_last(arrivals + (size_t)z * H + h, (pages + pagesEach - 1) / pagesEach, l.isLast))
    fold_pages(found, pages, l.headsOfPages, y, ROW_ITEMS);
}
#endif
