// Causal attention for CPU-type devices, of rows that are alone. Formula and buffers: simd/attention.h.
//
// append:      global (ceil(M/RUN), H), local (1, 1): writes the keys and values of RUN rows, but those of attend_one.
// attend_one:  global (tiles, ceil(H/HG)), local (1, 1): the tiles from `firstTile` on, of one row each, for HG heads.
//              Writes the row's own key and value first, where the row says so: no other row of the step may need them.

#include "simd/attention.h"

#ifndef RUN
#define RUN 16  // rows of a work-item of append: neighbours in a prompt write to the same cache lines
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void append(__global const float* restrict qkv, __global const int4* restrict rows, __global const int* restrict table,
            __global CACHE* restrict keys, __global CACHE* restrict values, const int M, const int H, const int B,
            const int qkvStride) {
  const int firstRow = get_global_id(0) * RUN;
  append_head(qkv, rows, table, keys, values, firstRow, min(firstRow + RUN, M), H, B, qkvStride, get_global_id(1));
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void attend_one(__global const float* restrict qkv, __global const int4* restrict rows,
                __global const int4* restrict tiles, __global const int* restrict table,
                __global const int* restrict ended, __global CACHE* restrict keys, __global CACHE* restrict values,
                __global float* restrict y, __global uint* restrict operand, const int firstTile, const int H,
                const int B, const int qkvStride, const int yStride, const int compact, const float scale) {
  attend_row(qkv, rows, tiles + firstTile, table, ended, keys, values, y, operand, H, B, qkvStride, yStride, compact,
             scale, (int)get_global_id(0), (int)get_global_id(1));
}
