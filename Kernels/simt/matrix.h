// Matrix units of Intel's and AMD's GPUs, for quads of 8-bit integers: exact sums, so the portable numbers.
//
// The work-items of a sub-group, SUB_GROUP_SIZE, multiply together: sums (MATRIX_ROWS, MATRIX_COLUMNS) += a, quads of
// as many rows, signed, times b, quads of as many columns, unsigned: QUADS_AT_ONCE of each, of 4 k. A lane has
//
//   sums[i]  column COLUMN_OF(lane) of row ROW_OF(i, lane)
//
// Intel: cl_intel_subgroup_matrix_multiply_accumulate, by sub-groups of the smallest size that the device has, 8 or 16.
//
//   a[i]  quad `lane` of row i; of sub-groups of 16 half `lane` % 2 of quad `lane` / 2
//   b[j]  quad j of column `lane`
//
// AMD: V_WMMA_I32_16X16X16_IU8 of gfx11 (RDNA3 Instruction Set Architecture, 7.9), by waves of 32.
//
//   a[j]  quad j of row `lane` % 16
//   b[j]  quad j of column `lane` % 16
//
// No kernel: others include it, and are empty where DOT_UNIT is another.

#pragma once
#include "simt/linear.h"

#if DOT_UNIT == DOT_XMX
#ifndef SUB_GROUP_SIZE
#define SUB_GROUP_SIZE 8  // 8, 16
#endif
#define MATRIX_ROWS 8
#define MATRIX_COLUMNS SUB_GROUP_SIZE
#define QUADS_AT_ONCE 8
#define ROW_OF(i, lane) (i)
#define LANE ((int)get_sub_group_local_id())
#define SUB_GROUP ((int)get_sub_group_id())
#define IS_SUB_GROUP __attribute__((intel_reqd_sub_group_size(SUB_GROUP_SIZE)))
#define COLUMN_QUADS uint8
#if SUB_GROUP_SIZE == 8
#define LANE_QUADS int
#define ROW_QUADS int8
#else
#define LANE_QUADS short
#define ROW_QUADS short8
#endif
// Compilers' headers may lack it.
int8 __attribute__((overloadable)) intel_sub_group_i8_u8_matrix_mad_k32(ROW_QUADS a, uint8 b, int8 sums);
#define MATRIX_MULTIPLY(a, b, sums) intel_sub_group_i8_u8_matrix_mad_k32(a, b, sums)

/// Quads of rows from `first` on, `stride` words from one to the next; behind row `last`, that one again.
INLINE ROW_QUADS load_rows(__global const uint* x, const int first, const int last, const int stride, const int lane) {
  ROW_QUADS a;
#define LOAD_ROW(i) ((__global const LANE_QUADS*)(x + min(first + (i), last) * (size_t)stride))[lane]
  a.s0 = LOAD_ROW(0), a.s1 = LOAD_ROW(1), a.s2 = LOAD_ROW(2), a.s3 = LOAD_ROW(3);
  a.s4 = LOAD_ROW(4), a.s5 = LOAD_ROW(5), a.s6 = LOAD_ROW(6), a.s7 = LOAD_ROW(7);
  return a;
}

#elif DOT_UNIT == DOT_WMMA
#define SUB_GROUP_SIZE 32
#define MATRIX_ROWS 16
#define MATRIX_COLUMNS 16
#define QUADS_AT_ONCE 4
#define ROW_OF(i, lane) (2 * (i) + (lane) / 16)
#define LANE ((int)(get_local_id(0) % SUB_GROUP_SIZE))
#define SUB_GROUP ((int)(get_local_id(0) / SUB_GROUP_SIZE))
#define IS_SUB_GROUP
#define ROW_QUADS int4
#define COLUMN_QUADS uint4
#define MATRIX_MULTIPLY(a, b, sums) \
  __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32(1, a, 0, as_int4(b), sums, 0)

/// As Intel's.
INLINE int4 load_rows(__global const uint* x, const int first, const int last, const int stride, const int lane) {
  return vload4(0, (__global const int*)(x + min(first + lane % 16, last) * (size_t)stride));
}
#endif
#define COLUMN_OF(lane) ((lane) % MATRIX_COLUMNS)
