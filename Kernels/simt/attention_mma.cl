// Causal attention on tensor cores, of rows that follow one another: formula and buffers in attention.h, the
// instructions in mma.h. attention_mma_row.cl takes single rows. Keys and values are fp16.
//
//                             a page: 64 positions
//                       +--------+--------+-- -- --+--------+       each warp takes a page, of all TQ rows, by itself;
//     16 rows of        | mma: 8 |   8    |        |   8    |       then the work-group folds WARPS pages from the
//     queries           +--------+--------+-- -- --+--------+       first on, an item a share of a row's channels
//
// attend:  global (LOCAL*chunks, H, tiles), local (LOCAL, 1, 1): a tile of at most TQ rows, a head and a chunk. All
//          keys and values are in the cache.
//
// What an mma multiplies lies in memory as its registers want it, so nothing is staged: a lane loads 16 bytes of a key
// and has 4 slots of it, and 16 bytes of two values, that become a slot each of 8 channels. Queries and weights are
// two numbers of fp16 each, high + low: 22 bits. The weights' are in units of 1/4096, or low would be below fp16's
// least.
//
// A page's sums are taken in one order, whatever the tile. A score is a chain of mma's of 64 channels, then of the next
// 64, low before high; so are the values. The weights of a row are added as a lane has them, then among its four
// lanes. Pages are folded as attention.h says. So a row's result depends neither on its company nor on WARPS and the
// chunks: one that a prompt, a last sample and a checked proposal share is the same. They are not the bits of
// attention.cl, whose sums have another order.
//
// Positions behind the rows' last are the last one again, with a weight of 0.
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Local memory: 4 WARPS TQ (64 OCTETS + 2) + 2048 KEY_QUARTETS + 1028 bytes, at most 42 KiB.

#include "simt/attention_mma.h"

#if DOT_UNIT == DOT_MMA
#ifndef TQ
#define TQ 16  // rows of a work-group: those of an mma
#endif
#ifndef WARPS
#define WARPS 4  // pages at a time: an even number
#endif
#define LOCAL (32 * WARPS)
#define TILES (PAGE / 8)           // mma's side by side: 8 positions, or a channel of each run of an octet
#define SHARE (LOCAL / TQ)         // items that fold a row
#define OWN ((D + SHARE - 1) / SHARE)
#define IS_AHEAD (OCTETS == 1)  // whether registers do for a page that is on its way
/// Where 4 channels of a row's sums lie: what a warp stores or loads at once is in different banks.
#define PLACE(row, four) \
  ((row) * (16 * OCTETS) + (four) / 16 * 16 + (((four) % 4 * 4 + (four) / 4 % 4) ^ ((row) % 2 * 4)))

/// The bytes of two words that are their low halves, or their high ones: the first word's in the low half.
INLINE uint join_halves(const uint a, const uint b, const int high) {
  uint pair;
  if (high)
    ASM("prmt.b32 %0, %1, %2, 0x7632;" : "=r"(pair) : "r"(a), "r"(b));
  else
    ASM("prmt.b32 %0, %1, %2, 0x5410;" : "=r"(pair) : "r"(a), "r"(b));
  return pair;
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict tiles, __global const int* restrict table,
            __global const CACHE* restrict keys, __global const CACHE* restrict values,
            volatile __global float* restrict found, volatile __global int* restrict arrivals,
            __global float* restrict y, const int firstTile, const int H, const int B, const int pagesEach,
            const int qkvStride, const int yStride, const float scale) {
  __local float4 sums[WARPS][TQ * 16 * OCTETS];
  __local uint4 queries[KEY_QUARTETS][2][2][32];  // high and low; of runs' first halves, and second
  __local float2 heads[WARPS][TQ], headsOfPages[LOCAL];  // largest score, and sum of weights
  __local int isLast;
  const int item = ITEM, lane = item % 32, warp = item / 32, g = lane / 4, t = lane % 4;
  const int chunk = (int)get_group_id(0), h = (int)get_group_id(1), z = (int)get_group_id(2);
  const int4 tile = tiles[firstTile + z];
  const int end = tile.w + tile.y, pages = (end + PAGE - 1) / PAGE;
  const int firstPage = chunk * pagesEach, endPage = min(firstPage + pagesEach, pages);
  const size_t room = (size_t)(get_num_groups(0) * pagesEach) * (D + 2);  // of a row in `found`
  table += (size_t)tile.z * B;
  qkv += (size_t)tile.x * qkvStride + h * D;
  // All that the tile leads to is asked for at once.
  int page = firstPage + warp;
  const int firstBlock = table[min(page, pages - 1)];
  // A warp makes words of a run of queries, of 8 rows, for all: if there are more than warps, then of others, too.
  const int queryRow = g + warp % 2 * 8;
  float query[8];
#define LOAD_QUERY(quartet)                                                                                     \
  load_numbers(qkv + (size_t)min(queryRow, tile.y - 1) * qkvStride, 4 * (quartet) + t, queryRow < tile.y, query)
  LOAD_QUERY(warp / 2);
  // No page is below zero: but so the compiler cannot move the load behind the branch, where it would come later.
  if (firstPage >= endPage || firstBlock < 0) return;
  size_t block = firstBlock;
  y += (size_t)tile.x * yStride + h * D;
  found += ((size_t)z * TQ * H + h) * room;

  // A page's keys are on their way while the queries are made, and while the pages before it are folded.
  uint4 keyRuns[2][TILES], valueRuns[PAGE_BLOCKS][4];
  int count;  // positions of the page that the cache has
#define FETCH_KEYS(part)                                                                                          \
  UNROLL for (int i = 0; i < 2; i++)                                                                              \
    if (2 * (part) + i < KEY_QUARTETS)                                                                                \
      UNROLL for (int j = 0; j < TILES; j++)                                                                      \
        keyRuns[i][j] = fetch_run(keys + block, 8 * j + g, count, 4 * (2 * (part) + i) + t)
#define FETCH_VALUES(octet)                                                                                       \
  UNROLL for (int b = 0; b < PAGE_BLOCKS; b++)                                                                         \
    UNROLL for (int i = 0; i < 4; i++)                                                                            \
      valueRuns[b][i] = fetch_run(values + block, 16 * b + VALUE_POSITION(i), count, 8 * (octet) + g)
#define VALUE_POSITION(i) ((i) / 2 * 8 + 2 * t + (i) % 2)
#define FETCH_PAGE                                              \
  if (page < endPage) {                                         \
    block = (block * H + h) * PAGE * D;                         \
    count = min(end - page * PAGE, PAGE);                       \
    FETCH_KEYS(0);                                              \
  }
  if (IS_AHEAD) FETCH_PAGE;

  for (int quartet = warp / 2; quartet < KEY_QUARTETS; quartet += WARPS / 2) {
    if (quartet >= WARPS / 2) LOAD_QUERY(quartet);
    UNROLL for (int word = 0; word < 4; word++) {
      uint high, low;
      split_halves((float2)(query[2 * word], query[2 * word + 1]), &high, &low);
      // Of a lane's words those of a row and of the row 8 below.
      ((__local uint*)&queries[quartet][0][word / 2][lane])[word % 2 * 2 + warp % 2] = high;
      ((__local uint*)&queries[quartet][1][word / 2][lane])[word % 2 * 2 + warp % 2] = low;
    }
  }

  const int foldedRow = item / SHARE, firstChannel = item % SHARE;
  float largest = -INFINITY, total = 0.0f, folded[OWN];
  UNROLL for (int n = 0; n < OWN; n++) folded[n] = 0.0f;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int first = firstPage; first < endPage; first += WARPS) {
    if (!IS_AHEAD) FETCH_PAGE;
    if (page < endPage) {
      const size_t next = table[min(page + WARPS, pages - 1)];
      float s[TILES][4];
      UNROLL for (int part = 0; part < (KEY_QUARTETS + 1) / 2; part++) {
        float sum[TILES][4];
        if (part > 0) FETCH_KEYS(part);
        UNROLL for (int j = 0; j < TILES; j++) UNROLL for (int i = 0; i < 4; i++) sum[j][i] = 0.0f;
        UNROLL for (int i = 0; i < 2; i++)
          if (2 * part + i < KEY_QUARTETS)
            UNROLL for (int side = 0; side < 2; side++)
              UNROLL for (int split = 1; split >= 0; split--) {
                uint query[4];
                vstore4(queries[2 * part + i][split][side][lane], 0, query);
                UNROLL for (int j = 0; j < TILES; j++) {
                  const uint4 run = keyRuns[i][j];
                  const uint b[2] = {side ? run.z : run.x, side ? run.w : run.y};
                  multiply_halves(sum[j], query, b);
                }
              }
        UNROLL for (int j = 0; j < TILES; j++)
          UNROLL for (int i = 0; i < 4; i++) s[j][i] = part == 0 ? sum[j][i] : s[j][i] + sum[j][i];
      }
      FETCH_VALUES(0);

      uint weights[2][PAGE_BLOCKS][4];  // high and low: an mma's words
      UNROLL for (int below = 0; below < 2; below++) {
        const int row = g + 8 * below, last = min(tile.w + row, end - 1) - page * PAGE;
        float most = -INFINITY, added = 0.0f;
        UNROLL for (int j = 0; j < TILES; j++)
          UNROLL for (int i = 0; i < 2; i++) {
            const float score = 8 * j + 2 * t + i <= last ? s[j][2 * below + i] * scale : -INFINITY;
            s[j][2 * below + i] = score;
            most = fmax(most, score);
          }
        OF_ROW(most, fmax);
        UNROLL for (int j = 0; j < TILES; j++) {
          float pair[2];
          UNROLL for (int i = 0; i < 2; i++) {
            pair[i] = weight(s[j][2 * below + i], most);
            added += pair[i];
          }
          const int word = j % 2 * 2 + below;
          split_halves((float2)(pair[0], pair[1]), &weights[0][j / 2][word], &weights[1][j / 2][word]);
        }
        OF_ROW(added, ADD);
        if (t == 0) heads[warp][row] = (float2)(most, added);
      }

      UNROLL for (int octet = 0; octet < OCTETS; octet++) {
        if (octet > 0) FETCH_VALUES(octet);
        float sum[TILES][4];
        UNROLL for (int j = 0; j < TILES; j++) UNROLL for (int i = 0; i < 4; i++) sum[j][i] = 0.0f;
        UNROLL for (int b = 0; b < PAGE_BLOCKS; b++) {
          uint columns[TILES][2], words[4][4];
          UNROLL for (int i = 0; i < 4; i++) vstore4(valueRuns[b][i], 0, words[i]);
          UNROLL for (int j = 0; j < TILES; j++)
            UNROLL for (int i = 0; i < 2; i++)
              columns[j][i] = join_halves(words[2 * i][j / 2], words[2 * i + 1][j / 2], j % 2);
          UNROLL for (int split = 1; split >= 0; split--)
            UNROLL for (int j = 0; j < TILES; j++) multiply_halves(sum[j], weights[split][b], columns[j]);
        }
        // Lane 4 g + t has 8 channels of each of two runs, of rows g and 8 + g.
        UNROLL for (int i = 0; i < 4; i++)
          UNROLL for (int four = 0; four < 4; four++) {
            const int row = g + i / 2 * 8, j = four % 2 * 4, from = four / 2 + i / 2 * 2;
            if (i % 2 == 0)
              sums[warp][PLACE(row, 16 * octet + 4 * t + four)] =
                (float4)(sum[j][from], sum[j + 1][from], sum[j + 2][from], sum[j + 3][from]);
          }
      }
      page += WARPS;
      block = next;
      if (IS_AHEAD) FETCH_PAGE;
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    for (int other = 0; other < min(WARPS, endPage - first); other++) {
      const float2 head = heads[other][foldedRow];
      const float2 factors = fold(&largest, head.x);
      const int isWanted = pages > pagesEach && foldedRow < tile.y;
      volatile __global float* to = found + (size_t)foldedRow * H * room + (size_t)(first + other) * (D + 2);
      total = fma(total, factors.x, head.y * factors.y);
      if (isWanted && firstChannel == 0) {
        put(to + D, head.x);
        put(to + D + 1, head.y);
      }
      UNROLL for (int n = 0; n < OWN; n++) {
        const int d = firstChannel + n * SHARE;
        if (D % SHARE != 0 && d >= D) continue;
        const float pageSum = ((__local const float*)&sums[other][PLACE(foldedRow, d / 4)])[d % 4];
        folded[n] = fma(folded[n], factors.x, pageSum * factors.y);
        if (isWanted) put(to + d, pageSum);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  if (pages <= pagesEach) {
    UNROLL for (int n = 0; n < OWN; n++) {
      const int d = firstChannel + n * SHARE;
      if (foldedRow < tile.y && d < D) y[(size_t)foldedRow * yStride + d] = folded[n] / total;
    }
  } else if (is_last(arrivals + (size_t)z * H + h, (pages + pagesEach - 1) / pagesEach, &isLast)) {
    for (int row = 0; row < tile.y; row++)
      fold_pages(found + (size_t)row * H * room, (tile.w + row) / PAGE + 1, headsOfPages, y + (size_t)row * yStride,
                 LOCAL);
  }
}
#endif
