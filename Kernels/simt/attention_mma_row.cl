// Causal attention of single rows on tensor cores: formula and buffers in attention.h, a work-group's way in
// attention_mma_row.h.
//
// attend:  global (ROW_ITEMS*chunks, H, tileCount + others), local (ROW_ITEMS, 1, 1): a row, a head and a chunk, PAGES
//          pages at a time. The other work-groups ask for `aheadCount` sectors of a later launch's weights, from
//          `aheadFirst` on.

#include "simt/ahead.h"
#include "simt/attention_mma_row.h"

#if DOT_UNIT == DOT_MMA
__kernel __attribute__((reqd_work_group_size(ROW_ITEMS, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict rows, __global const int4* restrict tiles,
            __global const int* restrict table, __global const int* restrict ended, __global CACHE* restrict keys,
            __global CACHE* restrict values, volatile __global float* restrict found,
            volatile __global int* restrict arrivals, __global const uint4* restrict ahead, __global float* restrict y,
            const int firstTile, const int tileCount, const int H, const int B, const int pagesEach,
            const int qkvStride, const int yStride, const int compact, const float scale, const int aheadFirst,
            const int aheadCount) {
  __local uint4 valuesOfPages[1 + IS_AHEAD][PAGES][PAGE * VALUE_CHUNKS];
  __local float4 maxima[PAGES];
  __local float2 scores[PAGES][PAGE / 2], sums[PAGES][4 * VALUE_CHUNKS];
  __local float2 exponentials[PAGES][PAGE / 2];
  __local uint4 weights[ROW_WARPS][2][PAGE / 8];
  __local float2 heads[PAGES], headsOfPages[ROW_ITEMS];
  __local int isLast;
  const int chunk = (int)get_group_id(0), h = (int)get_group_id(1), z = (int)get_group_id(2);
  const int chunks = (int)get_num_groups(0);
  if (z >= tileCount) {
    const int groups = chunks * H, group = ((z - tileCount) * H + h) * chunks + chunk;
    fetch_ahead(ahead, aheadFirst, aheadCount, group, ((int)get_num_groups(2) - tileCount) * groups, ROW_ITEMS);
    return;
  }
  const RowMemory l = {valuesOfPages, maxima, scores, sums, exponentials, weights, heads, headsOfPages, &isLast};
  attend_row(qkv, rows, tiles, table, ended, keys, values, found, arrivals, y, l, chunk, chunks, h, z, firstTile,
             1, H, B, pagesEach, qkvStride, yStride, compact, scale);
}
#endif
