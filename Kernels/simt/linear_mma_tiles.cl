// Linear layer of many rows on tensor cores, in tiles: formulas and layouts in linear.h, the instructions in mma.h.
//
//                                   ws: a stage of 4 panels, in local memory
//                              | panel  | panel  | panel  | panel  |
//     xs: a stage of TM rows,  +--------+--------+--------+--------+
//     in local memory      32  | warp 0 | warp 1 | warp 2 | warp 3 |   32 rows by 32 columns of sums,
//                          32  | warp 4 | ...                      |   in a warp's registers
//                              +--------+--------+--------+--------+
//
// Global size (LOCAL, ceil(M/TM), ceil(N/128)), local (LOCAL, 1, 1), LOCAL = 4 TM. x is the operand of linear_tiles.cl.
// A stage is 32 k, for int8 64: two are a part, whose sums are taken as linear_mma.cl takes them, to the bit.
//
// Weights come by cp.async, STAGES - 1 stages ahead; rows of x through registers, one ahead, where fp16 makes two numbers
// of each. A warp has 16 mma's a block for 8 loads of 16 bytes a lane, fp16 32 for 12.
//
// Local memory: 8 KiB STAGES + 128 TM bytes, for fp16 256 TM.

#include "simt/mma.h"

#if DOT_UNIT == DOT_MMA
#ifndef TM
#define TM 64  // rows of a work-group: 32, 64
#endif
#ifndef STAGES
#define STAGES 3  // of weights, a literal
#endif
#ifndef TAIL
#define TAIL 1  // 0 where K is a multiple of two stages
#endif
#define LOCAL (4 * TM)
#define TN 128
#define ROW_CHUNKS (PANEL / V)
#define STAGE_STEPS (4 * V)
#define STAGE_WORDS 16  // of a row of x, two slots of 4 bytes a bank
#define SPLITS (WEIGHT_TYPE == TYPE_F16 ? 2 : 1)  // operands of a number
#define TILES 4   // mma's side by side in a warp
#define HEIGHT 2  // and one below the other
#define BLOCKS 2  // and along k in a stage
#if STAGES == 2
#define LEFT 0
#elif STAGES == 3
#define LEFT 1
#else
#define LEFT 2
#endif

// Where chunks lie, so that what a warp reads at once is in different banks: of a stage of weights, and of a row of x.
#if WEIGHT_TYPE == TYPE_F16
#define SLOT_ROW(row) (2 * SLOT((row) / 2) + (row) % 2)
#define SWIZZLE(row) ((row) / 2 % 4)
#else
#define SLOT_ROW(row) SLOT(row)
#define SWIZZLE(row) ((row) % 4 * 2)
#endif
#define PLACE(slot, chunk) ((slot) * ROW_CHUNKS + ((chunk) ^ SWIZZLE(slot)))
#define X_PLACE(row, chunk) ((row) * 4 + ((chunk) ^ (row) / 2 % 4))


// What a work-item brings of a stage of x: 4 words of a row for the tensor cores, which are 8 numbers of fp32 for fp16.
#if WEIGHT_TYPE == TYPE_F16
#define NUMBERS 8
#else
#define NUMBERS 4
#endif

/// Asks for the numbers of a row, zeros behind the last step.
INLINE void load_x(__global const OPERAND* row, const int first, const int steps, OPERAND numbers[NUMBERS]) {
#if WEIGHT_TYPE == TYPE_F16
  if (TAIL ? first + NUMBERS <= steps : first < steps) {
    vstore4(((__global const float4*)(row + first))[0], 0, numbers);
    vstore4(((__global const float4*)(row + first))[1], 1, numbers);
    return;
  }
#endif
  UNROLL for (int i = 0; i < NUMBERS; i++)
    numbers[i] = (TAIL || WEIGHT_TYPE != TYPE_F16) && first + i < steps ? row[first + i] : 0;
}

/// Puts them in their slots: words `word` to `word` + 3 of row `row`.
INLINE void store_x(__local uint4* xs, const int row, const int word, const OPERAND numbers[NUMBERS]) {
  UNROLL for (int i = 0; i < 4; i++) {
    const int slot = SLOT(word + i);
    __local uint* to = (__local uint*)&xs[X_PLACE(row, slot / 4)] + slot % 4;
#if WEIGHT_TYPE == TYPE_F16
    uint high, low;
    split_halves((float2)(numbers[2 * i], numbers[2 * i + 1]), &high, &low);
    to[0] = high;
    to[TM * STAGE_WORDS] = low;
#else
    to[0] = numbers[i];
#endif
  }
}

/// A lane's columns of a block of a stage of a panel.
INLINE void load_weights(__local const uint4* stage, const int block, const int lane, uint b[TILES][2]) {
#if WEIGHT_TYPE == TYPE_F16
  UNROLL for (int n = 0; n < TILES; n += 2)
    load_columns_of_halves(&stage[PLACE(16 * block + lane % 16, n + lane / 16)], b[n]);
#else
  UNROLL for (int n = 0; n < TILES; n++)
    UNROLL for (int i = 0; i < 2; i++) {
      const int slot = 8 * block + 4 * i + lane % 4, column = 8 * n + lane / 4;
      b[n][i] = ((__local const uint*)&stage[PLACE(slot, column / 4)])[column % 4];
    }
#endif
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int M, const int K, const int panels, const int xStride,
            const int yStride, const int epilogue) {
  __local uint4 ws[STAGES][TN / PANEL][STAGE_STEPS * ROW_CHUNKS];
  __local uint4 xs[2][SPLITS][TM * STAGE_WORDS / 4];
  const int item = (int)get_local_id(0), lane = item % 32, warp = item / 32, steps = STEPS(K);
  const int firstRow = (int)get_group_id(1) * TM, ownRow = warp / 4 * 32, ownPanel = warp % 4;
  const int firstPanel = (int)get_group_id(2) * (TN / PANEL), panel = firstPanel + ownPanel;

  // A quarter of the work-items each bring a panel, behind the last panel that one again.
  const int bringer = item % TM;
  __global const uint4* broughtPanel = w + min(firstPanel + item / TM, panels - 1) * panel_chunks(steps);
#define FETCH(stage)                                                                                             \
  do {                                                                                                           \
    UNROLL for (int j = 0; j < STAGE_STEPS * ROW_CHUNKS / TM; j++) {                                             \
      const int row = (bringer + j * TM) / ROW_CHUNKS, chunk = (bringer + j * TM) % ROW_CHUNKS;                  \
      const int step = (stage) * STAGE_STEPS + row;                                                              \
      copy_async(&ws[(stage) % STAGES][item / TM][PLACE(SLOT_ROW(row), chunk)],                                  \
                 step_chunks(broughtPanel, step < steps ? step : 0) + chunk, step < steps ? 16 : 0);             \
    }                                                                                                            \
    COMMIT_COPIES();                                                                                             \
  } while (0)
  // Four work-items bring a row of x, behind the last row that one again.
  const int broughtRow = item / 4, word = item % 4 * 4;
  __global const OPERAND* row = x + (size_t)min(firstRow + broughtRow, M - 1) * xStride + HEAD(steps);
  OPERAND numbers[NUMBERS];
#define LOAD(stage) load_x(row, ((stage) * STAGE_WORDS + word) * (NUMBERS / 4), steps, numbers)

  float total[HEIGHT][TILES][4];
  SUM sum[HEIGHT][TILES][4];
  UNROLL for (int h = 0; h < HEIGHT; h++)
    UNROLL for (int n = 0; n < TILES; n++)
      UNROLL for (int i = 0; i < 4; i++) {
        total[h][n][i] = 0.0f;
        sum[h][n][i] = 0;
      }
  UNROLL for (int s = 0; s < STAGES - 1; s++) FETCH(s);
  LOAD(0);
  const int stages = (steps + 2 * STAGE_STEPS - 1) / (2 * STAGE_STEPS) * 2;
  for (int stage = 0; stage < stages; stage++) {
    store_x(xs[stage % 2][0], broughtRow, word, numbers);
    AWAIT_COPIES(LEFT);
    barrier(CLK_LOCAL_MEM_FENCE);  // and all have read the stage whose place the next takes
    FETCH(stage + STAGES - 1);
    LOAD(stage + 1);
    UNROLL for (int block = 0; block < BLOCKS; block++) {
      uint b[TILES][2];
      load_weights(ws[stage % STAGES][ownPanel], block, lane, b);
      UNROLL for (int split = SPLITS - 1; split >= 0; split--)
        UNROLL for (int h = 0; h < HEIGHT; h++) {
          uint a[4];
          load_slots(&xs[stage % 2][split][X_PLACE(ownRow + 16 * h + lane % 16, 2 * block + lane / 16)], a);
          UNROLL for (int n = 0; n < TILES; n++) multiply_slots(sum[h][n], a, b[n]);
        }
    }
    if (stage % 2 == 0) continue;
#if WEIGHT_TYPE == TYPE_INT8
    const int g = stage / 2;
    __global const float* scales =
        (__global const float*)(w + min(panel, panels - 1) * panel_chunks(steps) + (size_t)g * GROUP_CHUNKS);
#endif
    UNROLL for (int h = 0; h < HEIGHT; h++)
      UNROLL for (int i = 0; i < 4; i++) {
#if WEIGHT_TYPE == TYPE_INT8
        const int ownRowOfX = min(firstRow + ownRow + 16 * h + i / 2 * 8 + lane / 4, M - 1);
        const uint2 head = vload2(g, x + (size_t)ownRowOfX * xStride);
#endif
        UNROLL for (int n = 0; n < TILES; n++) {
#if WEIGHT_TYPE == TYPE_INT8
          const float scale = scales[8 * n + lane % 4 * 2 + i % 2] * as_float(head.x);
          total[h][n][i] = fma((float)(sum[h][n][i] + (int)head.y), scale, total[h][n][i]);
#else
          total[h][n][i] += sum[h][n][i];
#endif
          sum[h][n][i] = 0;
        }
      }
  }

  if (panel >= panels) return;
  UNROLL for (int h = 0; h < HEIGHT; h++)
    UNROLL for (int n = 0; n < TILES; n++)
      UNROLL for (int i = 0; i < 4; i++) {
        const int row = firstRow + ownRow + 16 * h + i / 2 * 8 + lane / 4;
        const int column = panel * PANEL + 8 * n + lane % 4 * 2 + i % 2;
        if (row < M) store(y + (size_t)row * yStride + column, total[h][n][i] + bias[column], epilogue);
      }
}
#endif
