// Linear layer of many rows on tensor cores, in tiles: formulas and layouts in linear.h, the instructions in mma.h.
//
//                                   ws: a block of TN/32 panels, in local memory
//                              | panel  | panel  | panel  | panel  |
//     xs: a block of TM rows,  +--------+--------+--------+--------+
//     in local memory    TN/4  |     warp 0      |     warp 1      |   TN/4 rows by PANELS panels of sums,
//                        TN/4  |     warp 2      |     ...         |   in a warp's registers
//                              +-----------------+-----------------+
//
// Global size (LOCAL * HALVES, ceil(M/TM), ceil(N/TN)), local (LOCAL, 1, 1), LOCAL = 4 TM / PANELS. x is the operand
// of linear_tiles.cl. A block is what one mma takes of K: 16, for int8 32; four are a part, whose sums are taken as
// linear_mma.cl takes them, to the bit. Of a long K two work-groups take a half each, which need not run at the same
// time: tiles can be twice as tall for as many units, and read half as much of the weights.
//
// handed    where HALVES is 2: sums of the halves (column groups, row tiles, 2, sums of an item, LOCAL)
// arrivals  (column groups, row tiles), 0 before and after: the work-group that arrives last at one adds both halves
//
// While a warp multiplies a block, it loads the next one's operands from local memory, stores its part of x of the one
// behind that, and asks for later ones: weights by cp.async, STAGES ahead, rows of x through registers, where fp16
// makes two numbers of each. So there is one barrier a block, behind which all operands are in registers. Two panels a
// warp halve what it reads of xs for each mma, TM = 128 what all groups read of weights. TN = 64 keeps more units busy
// where tiles are few; with 16 STAGES, as weights take longer to come than eight of its blocks.
//
// Local memory: 32 TN STAGES + 64 TM bytes, for fp16 128 TM.

#define WIDTH 32  // columns of a panel
#include "simt/exchange.h"
#include "simt/mma_stage.h"

#if DOT_UNIT == DOT_MMA
#ifndef TM
#define TM 64  // rows of a work-group: 32, 64, 128
#endif
#ifndef TN
#define TN 128  // and columns: 64, 128
#endif
#ifndef PANELS
#define PANELS 1  // of a warp: 1, 2
#endif
#if !HAS_ASYNC_COPIES
#undef STAGES
#define STAGES 4  // more would hold nothing that is under way
#elif !defined(STAGES)
#define STAGES 8  // blocks of weights, a literal: 4, 8, 16
#endif
#ifndef TAIL
#define TAIL 1  // else K is a multiple of a part
#endif
#define RAGGED (TAIL == 1 && !INTEGERS)  // whether the last part's blocks may not be whole: groups of integers are
#define ACROSS (TN / PANEL / PANELS)  // warps side by side
#define HEIGHT (TN / 64)              // mma's of a warp, one below the other
#define LOCAL (TM / HEIGHT / 16 * ACROSS * 32)
#define BLOCK_STEPS (STAGE_STEPS / BLOCKS)
#define BLOCK_CHUNKS (STAGE_CHUNKS / BLOCKS)
#define PART_BLOCKS 4
#define PART_STEPS (PART_BLOCKS * BLOCK_STEPS)
#define OWN (TN / PANEL * BLOCK_CHUNKS / LOCAL)  // chunks of a block that a work-item brings
#if INTEGERS
#define BLOCK_AT(block) \
  ((block) / PART_BLOCKS * GROUP_CHUNKS + GROUP_HEAD / 4 + (block) % PART_BLOCKS * BLOCK_CHUNKS)
#else
#define BLOCK_AT(block) ((block) * BLOCK_CHUNKS)
#endif
#define BLOCK_WORDS 8  // of a row of x
#define LOADS (PANELS == 1 ? TN == 64 ? 4 : 2 : 1)  // blocks of x that are under way
#define SPLITS (WEIGHT_TYPE == TYPE_F16 ? 2 : 1)  // operands of a number
#if STAGES == 4
#define LEFT 1
#elif STAGES == 8
#define LEFT 5
#else
#define LEFT 13
#endif

/// Where a chunk of a row of x lies: what a warp reads at once is in different banks.
#define X_PLACE(row, chunk) ((row) * 2 + ((chunk) ^ (row) / 4 % 2))

// What a work-item brings of a block of a row of x: words for the tensor cores, which for fp16 are two numbers each.
#define BRINGERS (LOCAL / TM)  // work-items of a row
#define WORDS (BLOCK_WORDS / BRINGERS)
#define NUMBERS (WORDS * SPLITS)

/// Asks for numbers of a row, of which there are `count`: zeros behind them.
INLINE void load_x(__global const OPERAND* from, const int count, OPERAND numbers[NUMBERS]) {
#if WEIGHT_TYPE == TYPE_F16
  if (!RAGGED || count >= NUMBERS) {
    UNROLL for (int i = 0; i < NUMBERS / 4; i++) vstore4(((__global const float4*)from)[i], i, numbers);
    return;
  }
#endif
  UNROLL for (int i = 0; i < NUMBERS; i++) numbers[i] = !RAGGED || i < count ? from[i] : 0;
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
        store_words(xs + split * (TM * BLOCK_WORDS / 4), row, SLOT(word + i + j), words[split] + i + j);
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            volatile __global float* handed, volatile __global int* arrivals, __global float* restrict y, const int M,
            const int K, const int panels, const int xStride, const int yStride, const int epilogue) {
  __local uint4 ws[STAGES][TN / PANEL][BLOCK_CHUNKS];
  __local uint4 xs[2][SPLITS][TM * BLOCK_WORDS / 4];
  const int item = (int)get_local_id(0), lane = item % 32, warp = item / 32, allSteps = STEPS(K);
  const int firstRow = (int)get_group_id(1) * TM, ownRow = warp / ACROSS * (16 * HEIGHT);
  const int firstPanel = (int)get_group_id(2) * (TN / PANEL), ownPanel = warp % ACROSS * PANELS;

#if HALVES == 2
  const int share = (int)get_group_id(0), halfSteps = FIRST_HALF((allSteps + PART_STEPS - 1) / PART_STEPS) * PART_STEPS;
  const int steps = share ? allSteps - halfSteps : halfSteps;
  x += share ? halfSteps : 0;
  w += share ? halfSteps * CHUNKS : 0;
#else
  const int steps = allSteps;
#endif
  // Blocks that there are not are never multiplied, but by the last part where K has a TAIL: there they are zeros.
  const int blocks = (steps + BLOCK_STEPS - 1) / BLOCK_STEPS;
#define THERE_IS(block) ((block) < blocks)
  // Work-items bring a panel's chunk each, and maybe one of a later panel; behind the last panel, that one again.
  uint chunk[OWN];
  UNROLL for (int j = 0; j < OWN; j++)
    chunk[j] = min(firstPanel + item / BLOCK_CHUNKS + j * (LOCAL / BLOCK_CHUNKS), panels - 1) *
                 (uint)panel_chunks(allSteps) + item % BLOCK_CHUNKS;
  const int broughtStep = item % BLOCK_CHUNKS / ROW_CHUNKS;
  __local uint4* place = &ws[0][item / BLOCK_CHUNKS][PLACE(SLOT_ROW(broughtStep), item % ROW_CHUNKS)];
#define IS_BROUGHT(block) (THERE_IS(block) && (!RAGGED || (block) * BLOCK_STEPS + broughtStep < steps))
#define PLACE_OF(block, j) (place + (block) % STAGES * (TN / PANEL * BLOCK_CHUNKS) + (j) * LOCAL)
#if HAS_ASYNC_COPIES
#define FETCH(block)                                                                                             \
  do {                                                                                                           \
    const int isThere = IS_BROUGHT(block);                                                                       \
    UNROLL for (int j = 0; j < OWN; j++)                                                                         \
      copy_async(PLACE_OF(block, j), w + (chunk[j] + (isThere ? BLOCK_AT(block) : 0)), isThere ? 16 : 0);        \
    COMMIT_COPIES();                                                                                             \
  } while (0)
#define KEEP(block)
#else
  uint4 brought[OWN];  // on their way while a block is multiplied
#define FETCH(block)                                                                                             \
  UNROLL for (int j = 0; j < OWN; j++) brought[j] = IS_BROUGHT(block) ? w[chunk[j] + BLOCK_AT(block)] : (uint4)(0)
#define KEEP(block) UNROLL for (int j = 0; j < OWN; j++) *PLACE_OF(block, j) = brought[j]
#endif
  // BRINGERS work-items bring a row of x, behind the last row that one again.
  const int broughtRow = item / BRINGERS, word = item % BRINGERS * WORDS;
  const uint number = min(firstRow + broughtRow, M - 1) * (uint)xStride + HEAD(steps) + word * SPLITS;
  OPERAND numbers[LOADS][NUMBERS];
#define LOAD(block, into)                                                                                        \
  load_x(x + (number + (THERE_IS(block) ? (block) * BLOCK_WORDS * SPLITS : 0)),                                  \
         THERE_IS(block) ? steps - ((block) * BLOCK_WORDS + word) * SPLITS : 0, numbers[into])

  // Of a block and the next one; of a panel and the next one.
  uint a[2][SPLITS][HEIGHT][4], b[2][TILES][2];
#define LOAD_ROWS(into)                                                                                          \
  UNROLL for (int split = SPLITS - 1; split >= 0; split--)                                                       \
    UNROLL for (int h = 0; h < HEIGHT; h++)                                                                      \
      load_slots(&xs[into][split][X_PLACE(ownRow + lane % 16, lane / 16) + 32 * h], a[into][split][h])
#define LOAD_PANEL(block, p, into) load_weights(ws[(block) % STAGES][ownPanel + (p)], 0, lane, b[into])

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

  // Adds a part's sums; of int8 those of its numbers, by the scales of rows and columns.
#if WEIGHT_TYPE == TYPE_INT8
#define ADD_PART(g)                                                                                              \
  UNROLL for (int p = 0; p < PANELS; p++) {                                                                      \
    const uint panel = min(firstPanel + ownPanel + p, panels - 1) * (uint)(steps / QUADS) + (g);                 \
    __global const float2* scales = (__global const float2*)(w + panel * (size_t)GROUP_CHUNKS) + lane % 4;       \
    float2 scale[TILES];                                                                                         \
    UNROLL for (int n = 0; n < TILES; n++) scale[n] = scales[4 * n];                                             \
    UNROLL for (int h = 0; h < HEIGHT; h++)                                                                      \
      UNROLL for (int i = 0; i < 4; i += 2) {                                                                    \
        const uint m = min(firstRow + ownRow + 16 * h + 4 * i + lane / 4, M - 1);                                \
        const uint2 head = *(__global const uint2*)(x + (m * (uint)xStride + 2 * (g)));                          \
        UNROLL for (int n = 0; n < TILES; n++) {                                                                 \
          total[p][h][n][i] += (float)(sum[p][h][n][i] + (int)head.y) * (scale[n].x * as_float(head.x));         \
          total[p][h][n][i + 1] += (float)(sum[p][h][n][i + 1] + (int)head.y) * (scale[n].y * as_float(head.x)); \
        }                                                                                                        \
      }                                                                                                          \
  }
#else
#define ADD_PART(g) EACH_SUM total[p][h][n][i] += sum[p][h][n][i]
#endif

  UNROLL for (int block = 0; block < STAGES - 1; block++) {
    FETCH(block);
    KEEP(block);
  }
  UNROLL for (int block = 0; block < LOADS; block++) LOAD(block, block);
  store_x(xs[0][0], broughtRow, word, numbers[0]);
  LOAD(LOADS, 0);
  AWAIT_COPIES(LEFT);
  barrier(CLK_LOCAL_MEM_FENCE);
  LOAD_ROWS(0);
  LOAD_PANEL(0, 0, 0);
  store_x(xs[1][0], broughtRow, word, numbers[1 % LOADS]);
  LOAD(1 + LOADS, 1 % LOADS);
  AWAIT_COPIES(LEFT);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int first = 0; first < blocks; first += PART_BLOCKS) {
    UNROLL for (int i = 0; i < PART_BLOCKS; i++) {
      const int block = first + i;
      LOAD_ROWS((i + 1) % 2);
      UNROLL for (int p = 0; p < PANELS; p++) {
        const int own = (i * PANELS + p) % 2;
        LOAD_PANEL(p + 1 < PANELS ? block : block + 1, (p + 1) % PANELS, 1 - own);
        if (p == PANELS - 1) FETCH(block + STAGES - 1);
        UNROLL for (int split = SPLITS - 1; split >= 0; split--)
          UNROLL for (int h = 0; h < HEIGHT; h++)
            UNROLL for (int n = 0; n < TILES; n++)
              if (i == 0 && split == SPLITS - 1)
                multiply_slots_anew(sum[p][h][n], a[i % 2][split][h], b[own][n]);
              else
                multiply_slots(sum[p][h][n], a[i % 2][split][h], b[own][n]);
      }
      store_x(xs[i % 2][0], broughtRow, word, numbers[(i + 2) % LOADS]);
      LOAD(block + 2 + LOADS, (i + 2) % LOADS);
      KEEP(block + STAGES - 1);
      AWAIT_COPIES(LEFT);
      barrier(CLK_LOCAL_MEM_FENCE);  // the next block but one is there, and all have read this one and the next
    }
    ADD_PART(first / PART_BLOCKS);
  }

#if HALVES == 2
  const size_t ownTile = get_group_id(2) * get_num_groups(1) + get_group_id(1);
#define SUM_OF(share, p, h, n, i) \
  (handed + (((ownTile * 2 + (share)) * PANELS + p) * (HEIGHT * TILES * 4) + (h * TILES + n) * 4 + i) * LOCAL + item)
  EACH_SUM put(SUM_OF(share, p, h, n, i), total[p][h][n][i]);
  if (!is_last(arrivals + ownTile, 2, (__local int*)xs)) return;  // nobody needs xs any more
  EACH_SUM total[p][h][n][i] += get(SUM_OF(1 - share, p, h, n, i));
#endif

#define EACH_PAIR UNROLL for (int n = 0; n < TILES; n++)
  UNROLL for (int p = 0; p < PANELS; p++) {
    const int panel = firstPanel + ownPanel + p, column = panel * PANEL + lane % 4 * 2;
    if (panel >= panels) break;
    float2 biases[TILES];
    EACH_PAIR biases[n] = *(__global const float2*)(bias + column + 8 * n);
    UNROLL for (int h = 0; h < HEIGHT; h++)
      UNROLL for (int i = 0; i < 4; i += 2) {
        const int m = firstRow + ownRow + 16 * h + i * 4 + lane / 4;
        if (m >= M) continue;
        __global float2* to = (__global float2*)(y + (size_t)m * yStride + column);
        // All that is added is asked for before the first is stored; activations go side by side, without branches.
        float2 result[TILES];
        EACH_PAIR result[n] = (float2)(total[p][h][n][i], total[p][h][n][i + 1]) + biases[n];
        if (epilogue == EPILOGUE_ACTIVATION)
          EACH_PAIR result[n] = (float2)(ACTIVATION(result[n].x), ACTIVATION(result[n].y));
        if (epilogue == EPILOGUE_RESIDUAL) EACH_PAIR result[n] += to[4 * n];
        EACH_PAIR to[4 * n] = result[n];
      }
  }
}
#endif
