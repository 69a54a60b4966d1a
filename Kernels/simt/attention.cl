// Causal attention of single rows for GPU-type devices, bound by the keys and values it streams: formula, buffers and
// order of sums in attention.h, a work-group's way in attention_row.h.
//
// append:  global size (RUNS, H, M), any local: writes the keys and values of rows, but those of attend, an item a run.
// attend:  global (ROW_ITEMS*chunks, H, tiles*height), local (ROW_ITEMS, 1, 1): a row of a tile of at most `height`
//          rows, a head and a chunk.

#include "simt/attention_row.h"

/// Writes KEY_V numbers of a row, or as many as there are from channel `d` on, to the cache.
INLINE void store_run(__global const float* from, const int d, __global CACHE* to) {
#if D % KEY_V != 0
  UNROLL for (int i = 0; i < KEY_V; i++) if (d + i < D) STORE(from[i], i, to);
#elif CACHE_TYPE == TYPE_F32
  *(__global float4*)to = *(__global const float4*)from;
#else
  float values[KEY_V];
  ushort run[KEY_V];  // each by itself: compilers keep in memory what is stored by one type and loaded by another
  UNROLL for (int i = 0; i < KEY_V / 4; i++) vstore4(((__global const float4*)from)[i], i, values);
  UNROLL for (int i = 0; i < KEY_V; i++) STORE(values[i], 0, (half*)&run[i]);
  *(__global uint4*)to = as_uint4(vload8(0, run));
#endif
}

__kernel void append(__global const float* restrict qkv, __global const int4* restrict rows,
                     __global const int* restrict table, __global CACHE* restrict keys, __global CACHE* restrict values,
                     const int H, const int B, const int qkvStride) {
  const size_t h = get_global_id(1), m = get_global_id(2);
  const int4 row = rows[m];
  if (row.w) return;
  const int d = (int)get_global_id(0) * KEY_V, position = row.y;
  const size_t page = table[(size_t)row.x * B + position / PAGE];
  const size_t to = ((page * H + h) * PAGE + position % PAGE) * D + d;
  __global const float* from = qkv + m * qkvStride + h * D + d;
  store_run(from + H * D, d, keys + to);
  store_run(from + 2 * H * D, d, values + to);
}

__kernel __attribute__((reqd_work_group_size(ROW_ITEMS, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict rows, __global const int4* restrict tiles,
            __global const int* restrict table, __global const int* restrict ended, __global CACHE* restrict keys,
            __global CACHE* restrict values, volatile __global float* restrict found,
            volatile __global int* restrict arrivals, __global float* restrict y, const int firstTile, const int height,
            const int H, const int B, const int pagesEach, const int qkvStride, const int yStride, const int compact,
            const float scale) {
  __local float4 scores[PAGE / 4], weights[PAGE / 4];
  __local float q[QUERY_ROOM], room[ATTENTION_ROOM];
  __local uint4 ownKey[RUNS], ownValue[RUNS];
  __local float2 heads[ROW_ITEMS];
  __local int isLast;
  const RowMemory l = {scores, weights, q, room, ownKey, ownValue, heads, &isLast};
  attend_row(qkv, rows, tiles, table, ended, keys, values, found, arrivals, y, l, (int)get_group_id(0),
             (int)get_num_groups(0), (int)get_group_id(1), (int)get_group_id(2), firstTile, height, H, B, pagesEach,
             qkvStride, yStride, compact, scale);
}
