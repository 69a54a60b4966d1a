// Linear layer of many rows on tensor cores, in tiles: formulas and layouts in linear.h, the instructions in mma.h.
//
//                                   ws: a stage of 4 panels, in local memory
//                              | panel  | panel  | panel  | panel  |
//     xs: a stage of TM rows,  +--------+--------+--------+--------+
//     in local memory      32  |     warp 0      |     warp 1      |   16 HEIGHT rows by PANELS panels of sums,
//                          32  |     warp 2      |     ...         |   in a warp's registers
//                              +-----------------+-----------------+
//
// Global size (LOCAL, ceil(M/TM), ceil(N/128)), local (LOCAL, 1, 1), LOCAL = 256. x is the operand of
// linear_tiles.cl. A stage is 32 k, for int8 64: two are a part, whose sums are taken as linear_mma.cl takes them, to
// the bit.
//
// Weights come by cp.async, STAGES - 1 stages ahead; rows of x through registers, one ahead, where fp16 makes two
// numbers of each. Two panels a warp halve what it reads of xs for each mma, TM = 128 what a group reads of weights.
//
// Local memory: 8 KiB STAGES + 128 TM bytes, for fp16 256 TM.

#define WIDTH 32  // columns of a panel
#include "simt/mma_stage.h"

#if DOT_UNIT == DOT_MMA
#ifndef TM
#define TM 64  // rows of a work-group: 32, 64, 128
#endif
#ifndef PANELS
#define PANELS 1  // of a warp: 1, 2
#endif
#ifndef STAGES
#define STAGES 3  // of weights, a literal
#endif
#ifndef TAIL
#define TAIL 1  // else K is a multiple of a part
#endif
#define LOCAL 256
#define TN 128
#define STAGE_WORDS 16  // of a row of x
#define SPLITS (WEIGHT_TYPE == TYPE_F16 ? 2 : 1)  // operands of a number
#define ACROSS (TN / PANEL / PANELS)  // warps side by side
#define HEIGHT (TM > 32 ? 2 : 1)  // mma's of a warp, one below the other: so that two warps share a scheduler
#if STAGES == 2
#define LEFT 0
#elif STAGES == 3
#define LEFT 1
#else
#define LEFT 2
#endif

/// Where a chunk of a row of x lies: what a warp reads at once is in different banks.
#define X_PLACE(row, chunk) ((row) * 4 + ((chunk) ^ (row) / 2 % 4))

// What a work-item brings of a stage of a row of x: words for the tensor cores, which for fp16 are two numbers each.
#define BRINGERS (LOCAL / TM)  // work-items of a row
#define WORDS (STAGE_WORDS / BRINGERS)
#define NUMBERS (WORDS * SPLITS)

/// Asks for the numbers of a row, zeros behind the last step.
INLINE void load_x(__global const OPERAND* row, const int first, const int steps, OPERAND numbers[NUMBERS]) {
#if WEIGHT_TYPE == TYPE_F16
  if (TAIL == 1 ? first + NUMBERS <= steps : first < steps) {
    UNROLL for (int i = 0; i < NUMBERS / 4; i++) vstore4(((__global const float4*)(row + first))[i], i, numbers);
    return;
  }
#endif
  UNROLL for (int i = 0; i < NUMBERS; i++)
    numbers[i] = (TAIL == 1 || WEIGHT_TYPE != TYPE_F16) && first + i < steps ? row[first + i] : 0;
}

// The word SKIP on is in the next slot; WIDE slots are stored at once.
#define SKIP (WEIGHT_TYPE == TYPE_INT8 ? 1 : 2)
#define WIDE (WORDS / SKIP < 4 ? WORDS / SKIP : 4)

/// Stores WIDE words, from the first on.
INLINE void store_words(__local uint4* xs, const int row, const int slot, const uint* words) {
  __local uint* to = (__local uint*)&xs[X_PLACE(row, slot / 4)] + slot % 4;
  if (WIDE == 4)
    *(__local uint4*)to = (uint4)(words[0], words[SKIP], words[2 * SKIP], words[3 * SKIP]);
  else if (WIDE == 2)
    *(__local uint2*)to = (uint2)(words[0], words[SKIP]);
  else
    *to = words[0];
}

/// Puts them in their slots, from word `word` of row `row` on.
INLINE void store_x(__local uint4* xs, const int row, const int word, const OPERAND numbers[NUMBERS]) {
  uint words[SPLITS][WORDS];
  UNROLL for (int i = 0; i < WORDS; i++) {
#if WEIGHT_TYPE == TYPE_F16
    split_halves((float2)(numbers[2 * i], numbers[2 * i + 1]), &words[0][i], &words[1][i]);
#else
    words[0][i] = numbers[i];
#endif
  }
  UNROLL for (int split = 0; split < SPLITS; split++)
    UNROLL for (int i = 0; i < WORDS; i += WIDE * SKIP)
      UNROLL for (int j = 0; j < SKIP; j++)
        store_words(xs + split * (TM * STAGE_WORDS / 4), row, SLOT(word + i + j), words[split] + i + j);
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int M, const int K, const int panels, const int xStride,
            const int yStride, const int epilogue) {
  __local uint4 ws[STAGES][TN / PANEL][STAGE_CHUNKS];
  __local uint4 xs[2][SPLITS][TM * STAGE_WORDS / 4];
  const int item = (int)get_local_id(0), lane = item % 32, warp = item / 32, steps = STEPS(K);
  const int firstRow = (int)get_group_id(1) * TM, ownRow = warp / ACROSS * (16 * HEIGHT);
  const int firstPanel = (int)get_group_id(2) * (TN / PANEL), ownPanel = warp % ACROSS * PANELS;

  // Behind the last panel, that one again.
#define FETCH_STAGE(stage)                                                                                       \
  do {                                                                                                           \
    UNROLL for (int j = 0; j < TN / PANEL * STAGE_CHUNKS / LOCAL; j++) {                                         \
      const int place = item + j * LOCAL, panel = place / STAGE_CHUNKS;                                          \
      const int row = place % STAGE_CHUNKS / ROW_CHUNKS, chunk = place % ROW_CHUNKS;                             \
      const int step = (stage) * STAGE_STEPS + row;                                                              \
      __global const uint4* from = w + min(firstPanel + panel, panels - 1) * panel_chunks(steps);                \
      copy_async(&ws[(stage) % STAGES][panel][PLACE(SLOT_ROW(row), chunk)],                                      \
                 step_chunks(from, step < steps ? step : 0) + chunk, step < steps ? 16 : 0);                     \
    }                                                                                                            \
    COMMIT_COPIES();                                                                                             \
  } while (0)
  // BRINGERS work-items bring a row of x, behind the last row that one again.
  const int broughtRow = item / BRINGERS, word = item % BRINGERS * WORDS;
  __global const OPERAND* row = x + (size_t)min(firstRow + broughtRow, M - 1) * xStride + HEAD(steps);
  OPERAND numbers[NUMBERS];
#define LOAD(stage) load_x(row, ((stage) * STAGE_WORDS + word) * SPLITS, steps, numbers)

  float total[PANELS][HEIGHT][TILES][4];
  SUM sum[PANELS][HEIGHT][TILES][4];
#define EACH_SUM                                                                     \
  UNROLL for (int p = 0; p < PANELS; p++)                                            \
    UNROLL for (int h = 0; h < HEIGHT; h++)                                          \
      UNROLL for (int n = 0; n < TILES; n++)                                         \
        UNROLL for (int i = 0; i < 4; i++)
  EACH_SUM {
    total[p][h][n][i] = 0.0f;
    sum[p][h][n][i] = 0;
  }
  UNROLL for (int s = 0; s < STAGES - 1; s++) FETCH_STAGE(s);
  LOAD(0);
  const int stages = (steps + 2 * STAGE_STEPS - 1) / (2 * STAGE_STEPS) * 2;
  for (int stage = 0; stage < stages; stage++) {
    store_x(xs[stage % 2][0], broughtRow, word, numbers);
    AWAIT_COPIES(LEFT);
    barrier(CLK_LOCAL_MEM_FENCE);  // and all have read the stage whose place the next takes
    FETCH_STAGE(stage + STAGES - 1);
    LOAD(stage + 1);
    UNROLL for (int block = 0; block < BLOCKS; block++) {
      uint a[SPLITS][HEIGHT][4];
      UNROLL for (int split = 0; split < SPLITS; split++)
        UNROLL for (int h = 0; h < HEIGHT; h++)
          load_slots(&xs[stage % 2][split][X_PLACE(ownRow + 16 * h + lane % 16, 2 * block + lane / 16)], a[split][h]);
      UNROLL for (int p = 0; p < PANELS; p++) {
        uint b[TILES][2];
        load_weights(ws[stage % STAGES][ownPanel + p], block, lane, b);
        UNROLL for (int split = SPLITS - 1; split >= 0; split--)
          UNROLL for (int h = 0; h < HEIGHT; h++)
            UNROLL for (int n = 0; n < TILES; n++) multiply_slots(sum[p][h][n], a[split][h], b[n]);
      }
    }
    if (stage % 2 == 0) continue;
#if WEIGHT_TYPE == TYPE_INT8
    const int g = stage / 2;
    uint2 heads[HEIGHT][2];  // of rows: the scale, and the offset of their sums
    UNROLL for (int h = 0; h < HEIGHT; h++)
      UNROLL for (int i = 0; i < 2; i++)
        heads[h][i] = vload2(g, x + (size_t)min(firstRow + ownRow + 16 * h + 8 * i + lane / 4, M - 1) * xStride);
#endif
    EACH_SUM {
#if WEIGHT_TYPE == TYPE_INT8
      __global const uint4* panel = w + min(firstPanel + ownPanel + p, panels - 1) * panel_chunks(steps);
      const float scale = ((__global const float*)(panel + (size_t)g * GROUP_CHUNKS))[8 * n + lane % 4 * 2 + i % 2];
      const uint2 head = heads[h][i / 2];
      total[p][h][n][i] += (float)(sum[p][h][n][i] + (int)head.y) * (scale * as_float(head.x));
#else
      total[p][h][n][i] += sum[p][h][n][i];
#endif
      sum[p][h][n][i] = 0;
    }
  }

#define ROW (firstRow + ownRow + 16 * h + i / 2 * 8 + lane / 4)
#define COLUMN ((firstPanel + ownPanel + p) * PANEL + 8 * n + lane % 4 * 2 + i % 2)
  UNROLL for (int p = 0; p < PANELS; p++)
    UNROLL for (int h = 0; h < HEIGHT; h++) {
      // All that is added is asked for before the first sum is stored.
      float before[TILES][4], biases[TILES][2];
#define EACH_OF_ROWS UNROLL for (int n = 0; n < TILES; n++) UNROLL for (int i = 0; i < 4; i++)
      EACH_OF_ROWS biases[n][i % 2] = bias[min(COLUMN, panels * PANEL - 1)];
      EACH_OF_ROWS before[n][i] =
        epilogue == EPILOGUE_RESIDUAL ? y[(size_t)min(ROW, M - 1) * yStride + min(COLUMN, panels * PANEL - 1)] : 0.0f;
      EACH_OF_ROWS if (ROW < M && COLUMN < panels * PANEL)
        y[(size_t)ROW * yStride + COLUMN] = finish(total[p][h][n][i] + biases[n][i % 2], before[n][i], epilogue);
    }
}
#endif
