// Linear layer of many rows on matrix units of Intel's and AMD's GPUs: formulas and layouts in linear.h, the
// instructions in matrix.h. Sums of integers are exact, and are scaled as linear_tiles.cl scales them: to the bit.
//
//                          TN: two matrices of each sub-group side by side
//                        | MATRIX_COLUMNS | MATRIX_COLUMNS |
//   TM: MATRIX_ROWS,     +----------------+----------------+
//   ROWS times           |          a lane's sums          |  ...    in registers; x and w come from the caches
//                        +----------------+----------------+
//
// Global size (LOCAL, ceil(M/TM), ceil(N/TN)), local (LOCAL, 1, 1): TM rows by TN columns.

#include "simt/matrix.h"

#if DOT_UNIT == DOT_XMX || DOT_UNIT == DOT_WMMA
#ifndef ROWS
#define ROWS 2  // of matrices, of a sub-group
#endif
#define COLUMNS 2
#define SUB_GROUPS 4  // side by side
#define LOCAL (SUB_GROUPS * SUB_GROUP_SIZE)
#define TM (ROWS * MATRIX_ROWS)
#define TN (SUB_GROUPS * COLUMNS * MATRIX_COLUMNS)
#define SPAN_STEPS (SPAN / 4 / QUADS_AT_ONCE)
#if WEIGHT_TYPE == TYPE_INT4
#define STEPS_LOOP ROLLED  // beside three sums of each row there is room for operands of two steps
#else
#define STEPS_LOOP UNROLL
#endif
#define EACH_MATRIX UNROLL for (int r = 0; r < ROWS; r++) UNROLL for (int c = 0; c < COLUMNS; c++)
#define EACH_SUM EACH_MATRIX UNROLL for (int i = 0; i < 8; i++)

/// Quads of two matrices' columns from `w` on: in int4 those of two steps are in a word.
INLINE void load_columns(__global const uint* w, const uint from, COLUMN_QUADS b[COLUMNS]) {
  uint quads[COLUMNS][QUADS_AT_ONCE];
#if WEIGHT_TYPE == TYPE_INT4
  UNROLL for (int j = 0; j < QUADS_AT_ONCE; j += 2) {
    const uint2 pair = load_words(w, from + j / 2 * PANEL);
    const uint2 low = pair & 0x0F0F0F0Fu, high = pair >> 4 & 0x0F0F0F0Fu;
    quads[0][j] = low.x, quads[1][j] = low.y;
    quads[0][j + 1] = high.x, quads[1][j + 1] = high.y;
  }
#else
  UNROLL for (int j = 0; j < QUADS_AT_ONCE; j++) {
    const uint2 words = load_words(w, from + j * PANEL);
    quads[0][j] = words.x, quads[1][j] = words.y;
  }
#endif
  UNROLL for (int c = 0; c < COLUMNS; c++)
#if QUADS_AT_ONCE == 8
    b[c] = vload8(0, quads[c]);
#else
    b[c] = vload4(0, quads[c]);
#endif
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1))) IS_SUB_GROUP
void linear(__global const uint* restrict x, __global const uint* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int M, const int K, const int panels, const int xStride,
            const int yStride, const int epilogue) {
  const int lane = LANE, groups = GROUPS(K), last = M - 1, firstRow = (int)get_group_id(1) * TM;
  const int first = (int)get_group_id(2) * TN + SUB_GROUP * (COLUMNS * MATRIX_COLUMNS), panel = first / PANEL;
  if (panel >= panels) return;
#define COLUMN(c) (first + (c) * MATRIX_COLUMNS + COLUMN_OF(lane))
  uint group = panel * (uint)(groups * GROUP_WORDS);
#define HEAD_WORD(c) w[group + COLUMN(c) % PANEL]  // of a column: its scale, in int4 its multipliers a panel behind
  uint row[ROWS][OWN_ROWS];  // behind the last row, that one again
  UNROLL for (int r = 0; r < ROWS; r++)
    UNROLL for (int i = 0; i < OWN_ROWS; i++)
      row[r][i] = min(firstRow + r * MATRIX_ROWS + OWN_ROW(i, lane), last) * (uint)xStride + 2 * groups;

  float total[ROWS][COLUMNS][8];
  EACH_SUM total[r][c][i] = 0.0f;
  for (int g = 0; g < groups; g++) {
#if WEIGHT_TYPE == TYPE_INT4
    int slice[ROWS][COLUMNS][8];
    EACH_SUM slice[r][c][i] = 0;
#endif
    int8 sum[ROWS][COLUMNS];
    EACH_MATRIX sum[r][c] = (int8)(0);
    STEPS_LOOP for (int step = 0; step < SPANS * SPAN_STEPS; step += 2) {
      const int quad = step * QUADS_AT_ONCE;
      ROW_QUADS a[ROWS][2];
      UNROLL for (int r = 0; r < ROWS; r++) load_rows(x, row[r], g * QUADS + quad, a[r]);
      UNROLL for (int s = 0; s < 2; s++) {
        COLUMN_QUADS b[COLUMNS];
        load_columns(w, group + GROUP_HEAD + (quad + s * QUADS_AT_ONCE) / CHUNK_STEPS * PANEL + first % PANEL, b);
        EACH_MATRIX sum[r][c] = MATRIX_MULTIPLY(a[r][s], b[c], sum[r][c]);
#if WEIGHT_TYPE == TYPE_INT4
        if ((s + 1) % SPAN_STEPS) continue;
        const int span = (step + s) / SPAN_STEPS;
        UNROLL for (int r = 0; r < ROWS; r++)
          UNROLL for (int i = 0; i < 8; i++) {
            const int m = min(firstRow + r * MATRIX_ROWS + ROW_OF(i, lane), last);
            const int offset = (int)x[m * (uint)xStride + SPAN_OFFSETS(groups) + g * SPANS + span];
            UNROLL for (int c = 0; c < COLUMNS; c++) {
              const int multiplier = (int)(w[group + PANEL + COLUMN(c) % PANEL] << (24 - 8 * span)) >> 24;
              slice[r][c][i] += (((const int*)&sum[r][c])[i] + offset) * multiplier;
            }
          }
        EACH_MATRIX sum[r][c] = (int8)(0);
#endif
      }
    }
    float scale[COLUMNS];
    UNROLL for (int c = 0; c < COLUMNS; c++) scale[c] = as_float(HEAD_WORD(c));
    UNROLL for (int r = 0; r < ROWS; r++)
      UNROLL for (int i = 0; i < 8; i++) {
        const int m = min(firstRow + r * MATRIX_ROWS + ROW_OF(i, lane), last);
        const uint2 own = *(__global const uint2*)(x + (m * (uint)xStride + 2 * g));
        UNROLL for (int c = 0; c < COLUMNS; c++) {
#if WEIGHT_TYPE == TYPE_INT4
          const int exact = slice[r][c][i];
#else
          const int exact = ((const int*)&sum[r][c])[i] + (int)own.y;
#endif
          total[r][c][i] += (float)exact * (scale[c] * as_float(own.x));
        }
      }
    group += GROUP_WORDS;
  }

  float add[COLUMNS];
  UNROLL for (int c = 0; c < COLUMNS; c++) add[c] = bias[COLUMN(c)];
  EACH_SUM total[r][c][i] += add[c];
  if (epilogue == EPILOGUE_ACTIVATION) EACH_SUM total[r][c][i] = ACTIVATION(total[r][c][i]);
  EACH_SUM {
    const int m = firstRow + r * MATRIX_ROWS + ROW_OF(i, lane);
    if (m < M) {
      __global float* to = y + (m * (uint)yStride + COLUMN(c));
      *to = epilogue == EPILOGUE_RESIDUAL ? *to + total[r][c][i] : total[r][c][i];
    }
  }
}
#endif
