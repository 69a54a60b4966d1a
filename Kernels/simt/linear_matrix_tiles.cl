// Linear layer of many rows on matrix units of Intel's and AMD's GPUs: formulas and layouts in linear.h, the
// instructions in matrix.h. Sums of integers are exact, and are scaled as linear_tiles.cl scales them: to the bit.
//
//                        | MATRIX_COLUMNS | ... |   COLUMNS times, panels by sub-groups side by side
//   MATRIX_ROWS,         +----------------+-----+
//   ROWS times           |  a lane's sums |     |   in registers; x and w come from the caches
//                        +----------------+-----+
//
// Global size (LOCAL, ceil(M/TM), ceil(N/TN)), local (LOCAL, 1, 1): TM rows by TN columns.

#include "simt/matrix.h"

#if DOT_UNIT == DOT_XMX || DOT_UNIT == DOT_WMMA
#ifndef ROWS
#define ROWS 2  // of matrices, of a sub-group
#endif
#ifndef COLUMNS
#define COLUMNS 2
#endif
#define SUB_GROUPS 4  // side by side
#define LOCAL (SUB_GROUPS * SUB_GROUP_SIZE)
#define TM (ROWS * MATRIX_ROWS)
#define TN (SUB_GROUPS * COLUMNS * MATRIX_COLUMNS)
#define TIMES (SPAN / 4 / QUADS_AT_ONCE)  // that a span's quads are multiplied

#if WEIGHT_TYPE == TYPE_INT4
#define SPAN_LOOP ROLLED  // beside three sums of each row there is room for operands of one span
#else
#define SPAN_LOOP UNROLL
#endif
#define EACH_MATRIX UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int c = 0; c < COLUMNS; c++)
#define EACH_SUM EACH_MATRIX UNROLL for (int i = 0; i < 8; i++)

/// Quads of a panel's column, of which `w` is the first: in int4 those of two steps are in a word.
INLINE COLUMN_QUADS load_column(__global const uint* w) {
  uint b[QUADS_AT_ONCE];
#if WEIGHT_TYPE == TYPE_INT4
  UNROLL for (int j = 0; j < QUADS_AT_ONCE; j += 2) {
    const uint pair = w[j / 2 * PANEL];
    b[j] = pair & 0x0F0F0F0Fu;
    b[j + 1] = pair >> 4 & 0x0F0F0F0Fu;
  }
#else
  UNROLL for (int j = 0; j < QUADS_AT_ONCE; j++) b[j] = w[j * PANEL];
#endif
#if QUADS_AT_ONCE == 8
  return vload8(0, b);
#else
  return vload4(0, b);
#endif
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1))) IS_SUB_GROUP
void linear(__global const uint* restrict x, __global const uint* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int M, const int K, const int panels, const int xStride,
            const int yStride, const int epilogue) {
  const int lane = LANE, groups = GROUPS(K), last = M - 1;
  const int firstRow = (int)get_group_id(1) * TM;
  const int firstColumn = (int)get_group_id(2) * TN + SUB_GROUP * (COLUMNS * MATRIX_COLUMNS) + COLUMN_OF(lane);
  if (firstColumn / PANEL >= panels) return;
#define COLUMN(c) (firstColumn + (c) * MATRIX_COLUMNS)
  // Behind the last panel, that one again.
  __global const uint* column[COLUMNS];
  UNROLL for (int c = 0; c < COLUMNS; c++)
    column[c] = w + min(COLUMN(c) / PANEL, panels - 1) * ((size_t)groups * GROUP_WORDS) + COLUMN(c) % PANEL;

  float total[ROWS][COLUMNS][8];
  EACH_SUM total[r][c][i] = 0.0f;
  for (int g = 0; g < groups; g++) {
    __global const uint* quads = x + 2 * groups + g * QUADS;
#if WEIGHT_TYPE == TYPE_INT4
    int slice[ROWS][COLUMNS][8];
    EACH_SUM slice[r][c][i] = 0;
#endif
    int8 sum[ROWS][COLUMNS];
    SPAN_LOOP for (int span = 0; span < SPANS; span++) {
      if (span == 0 || WEIGHT_TYPE == TYPE_INT4) EACH_MATRIX sum[r][c] = (int8)(0);
      UNROLL for (int t = 0; t < TIMES; t++) {
        const int quad = span * (SPAN / 4) + t * QUADS_AT_ONCE;
        ROW_QUADS a[ROWS];
        COLUMN_QUADS b[COLUMNS];
        UNROLL for (int c = 0; c < COLUMNS; c++)
          b[c] = load_column(column[c] + GROUP_HEAD + quad / CHUNK_STEPS * PANEL);
        UNROLL for (int r = 0; r < ROWS; r++)
          a[r] = load_rows(quads + quad, firstRow + r * MATRIX_ROWS, last, xStride, lane);
        EACH_MATRIX sum[r][c] = MATRIX_MULTIPLY(a[r], b[c], sum[r][c]);
      }
#if WEIGHT_TYPE == TYPE_INT4
      UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int i = 0; i < 8; i++) {
          const int m = min(firstRow + r * MATRIX_ROWS + ROW_OF(i, lane), last);
          const int offset = (int)x[m * (size_t)xStride + SPAN_OFFSETS(groups) + g * SPANS + span];
          UNROLL for (int c = 0; c < COLUMNS; c++) {
            const int multiplier = (int)(column[c][PANEL] << (24 - 8 * span)) >> 24;
            slice[r][c][i] += (((const int*)&sum[r][c])[i] + offset) * multiplier;
          }
        }
#endif
    }
    float scale[COLUMNS];
    UNROLL for (int c = 0; c < COLUMNS; c++) scale[c] = as_float(column[c][0]);
    UNROLL for (int r = 0; r < ROWS; r++)
      UNROLL for (int i = 0; i < 8; i++) {
        const int m = min(firstRow + r * MATRIX_ROWS + ROW_OF(i, lane), last);
        const uint2 own = *(__global const uint2*)(x + m * (size_t)xStride + 2 * g);
        UNROLL for (int c = 0; c < COLUMNS; c++) {
#if WEIGHT_TYPE == TYPE_INT4
          const int exact = slice[r][c][i];
#else
          const int exact = ((const int*)&sum[r][c])[i] + (int)own.y;
#endif
          total[r][c][i] += (float)exact * (scale[c] * as_float(own.x));
        }
      }
    UNROLL for (int c = 0; c < COLUMNS; c++) column[c] += GROUP_WORDS;
  }

  UNROLL for (int c = 0; c < COLUMNS; c++) {
    if (COLUMN(c) / PANEL >= panels) break;
    const float add = bias[COLUMN(c)];
    UNROLL for (int r = 0; r < ROWS; r++)
      UNROLL for (int i = 0; i < 8; i++) {
        const int m = firstRow + r * MATRIX_ROWS + ROW_OF(i, lane);
        if (m < M) store(y + m * (size_t)yStride + COLUMN(c), total[r][c][i] + add, epilogue);
      }
  }
}
#endif
