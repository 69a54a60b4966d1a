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
// Its block reads give lanes one word after the other, twice, from an address that is the same for all.
//
// AMD: V_WMMA_I32_16X16X16_IU8 of gfx11, by waves of 32.
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
#define OWN_ROWS 8  // whose quads a lane loads
#define OWN_ROW(i, lane) (i)
#define COLUMN_QUADS uint8
#if SUB_GROUP_SIZE == 8
#define ROW_QUADS int8
#define TWO_QUADS int2
#define READ_TWO(from) as_int2(intel_sub_group_block_read2(from))
#else
#define ROW_QUADS short8
#define TWO_QUADS short2
#define READ_TWO(from) as_short2(intel_sub_group_block_read_us2((__global const ushort*)(from)))
#endif
// Compilers' headers may lack it.
int8 __attribute__((overloadable)) intel_sub_group_i8_u8_matrix_mad_k32(ROW_QUADS a, uint8 b, int8 sums);
#define MATRIX_MULTIPLY(a, b, sums) intel_sub_group_i8_u8_matrix_mad_k32(a, b, sums)

/// Quads of rows, which begin at words `row` of x, and of the next matrix in the direction of k.
INLINE void load_rows(__global const uint* x, const uint row[OWN_ROWS], const uint quad, ROW_QUADS a[2]) {
  TWO_QUADS both[8];
  UNROLL for (int i = 0; i < 8; i++) both[i] = READ_TWO(x + (row[i] + quad));
#define ROWS_OF(word)                                                                                            \
  (ROW_QUADS)(both[0].word, both[1].word, both[2].word, both[3].word, both[4].word, both[5].word, both[6].word, \
              both[7].word)
  a[0] = ROWS_OF(x);
  a[1] = ROWS_OF(y);
}

/// A word of a column of each of two matrices side by side, whose first column is at word `from`.
INLINE uint2 load_words(__global const uint* w, const uint from) { return intel_sub_group_block_read2(w + from); }

#elif DOT_UNIT == DOT_WMMA
#define SUB_GROUP_SIZE 32
#define MATRIX_ROWS 16
#define MATRIX_COLUMNS 16
#define QUADS_AT_ONCE 4
#define ROW_OF(i, lane) (2 * (i) + (lane) / 16)
#define LANE ((int)(get_local_id(0) % SUB_GROUP_SIZE))
#define SUB_GROUP ((int)(get_local_id(0) / SUB_GROUP_SIZE))
#define IS_SUB_GROUP
#define OWN_ROWS 1
#define OWN_ROW(i, lane) ((lane) % 16)
#define ROW_QUADS int4
#define COLUMN_QUADS uint4
#define MATRIX_MULTIPLY(a, b, sums) \
  __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32(1, a, 0, as_int4(b), sums, 0)

/// As Intel's.
INLINE void load_rows(__global const uint* x, const uint row[OWN_ROWS], const uint quad, ROW_QUADS a[2]) {
  UNROLL for (int s = 0; s < 2; s++) a[s] = vload4(s, (__global const int*)x + (row[0] + quad));
}

INLINE uint2 load_words(__global const uint* w, const uint from) {
  const uint column = from + get_local_id(0) % 16;
  return (uint2)(w[column], w[column + 16]);
}
#endif
#define COLUMN_OF(lane) ((lane) % MATRIX_COLUMNS)
