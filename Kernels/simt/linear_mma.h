// Linear layer of few rows on tensor cores, bound by the weights it streams, a work-group's share: what linear_mma.cl
// and block.cl have in common; formulas and layouts in linear.h, the instructions in mma.h.
//
//                       k: parts of 64, for int8 of 128         WIDTH columns
//     warp 0   +--------------------------------+      room[0]  rows x WIDTH sums  --+
//     warp 1   |  a part of each, then the next |      room[1]                       |  added in the order of
//     ...      |  WARPS parts, by cp.async      |      ...                           |  the parts
//     WARPS-1  +--------------------------------+                                  --+
//
// x is (M, xStride) fp32; every warp makes the operands of its part in its registers: layer_norm.cl's numbers where
// `normalizes`, of gain and shift (K), then for bf16 and int8 what quantize.cl makes of them. fp16 multiplies each
// number as two, high + low: 22 bits, where one would leave 11 and an error 300 times the portable unit's.
//
// A part is a chain of mma's in the order of k, low before high, from zero; parts are added in their order, those of
// each half of a long sum by themselves (mma_stage.h); int8 adds its groups in theirs, whose own sums are exact.
// linear_mma_tiles.cl does the same, so a row's result depends neither on its company nor on TM, WIDTH, WARPS, STAGES
// and split.
//
// Rows that there are not, up to 16, cost nothing: the weights' way through memory takes longer. A warp has STAGES of
// 64 WIDTH bytes under way, a work-item STAGES * 2 WIDTH: defaults 128.
//
// handed    where split > 1: sums of the parts (column groups, row tiles, parts, rows, WIDTH), of int8 those of groups
// arrivals  (column groups, row tiles), 0 before and after: the work-group that arrives last at one adds all parts
// ahead     weights of a later launch: `aheadCount` sectors from `aheadFirst` on are asked for
//
// Local memory: 64 WIDTH WARPS STAGES + 8 PART_K WARPS NORMS + 9 KiB. No kernel: others include it, and are empty where
// DOT_UNIT is another.

#pragma once

#ifndef WIDTH
#define WIDTH 16  // columns of a work-group: 16, 32
#endif
#ifndef TM
#define TM 8  // rows of a work-group: 8, 16
#endif
#ifndef WARPS
#define WARPS 8  // WARPS TM WIDTH is at most ROOM
#endif
#ifndef STAGES
#define STAGES 4  // that a warp has under way, a literal
#endif
#ifndef TAIL
#define TAIL 1  // 0 where K is a multiple of GROUP, 2 of PART_K
#endif
#define HEIGHT (TM / 8)  // rows of a lane

#include "simt/ahead.h"
#include "simt/exchange.h"
#include "simt/mma_rows.h"
#include "simt/mma_stage.h"
#include "simt/share.h"

#if DOT_UNIT == DOT_MMA
#define LOCAL (32 * WARPS)
#define ROOM 2048  // sums of parts
#define AT_ONCE (MMA_SM >= 80 ? 16 : 8)  // parts whose sums are read before one is added: as registers do
#define NORMS ((STAGES + 1) / 2)  // parts whose gain and shift are under way
#define OUTPUTS ((TM * WIDTH + LOCAL - 1) / LOCAL)  // of a work-item
#if STAGES == 2
#define LEFT 1
#elif STAGES == 3
#define LEFT 2
#else
#define LEFT 3
#endif

/// Begins to copy a stage of a warp, zeros behind the last step.
INLINE void fetch(__local uint4* stage, __global const uint4* w, const int first, const int steps, const int lane) {
  UNROLL for (int j = 0; j < STAGE_CHUNKS / 32; j++) {
    const int row = (lane + 32 * j) / ROW_CHUNKS, chunk = (lane + 32 * j) % ROW_CHUNKS;
#if TAIL == 1
    const int isThere = first + row < steps;
    copy_async(&stage[PLACE(SLOT_ROW(row), chunk)], step_chunks(w, isThere ? first + row : 0) + chunk,
               isThere ? 16 : 0);
#else
    copy_async(&stage[PLACE(SLOT_ROW(row), chunk)], step_chunks(w, first) + (row * CHUNKS + chunk), 16);
#endif
  }
}

/// Adds block `block` of a stage, which is block `place` of the part.
INLINE void multiply_block(__local const uint4* stage, const int block, const int place, const int lane,
                           const float4 values[HEIGHT][QUARTETS], const uint quads[HEIGHT][QUARTETS],
                           SUM sum[TILES][4]) {
  uint b[TILES][2], a[4] = {0, 0, 0, 0};
  load_weights(stage, block, lane, b);
#if WEIGHT_TYPE == TYPE_INT8
  UNROLL for (int h = 0; h < HEIGHT; h++) {
    a[h] = quads[h][2 * place];
    a[2 + h] = quads[h][2 * place + 1];
  }
#elif WEIGHT_TYPE == TYPE_BF16
  UNROLL for (int h = 0; h < HEIGHT; h++) {
    a[h] = pair_of_bf16(values[h][place].lo);
    a[2 + h] = pair_of_bf16(values[h][place].hi);
  }
#else
  uint low[4] = {0, 0, 0, 0};
  UNROLL for (int h = 0; h < HEIGHT; h++) {
    split_halves(values[h][place].lo, &a[h], &low[h]);
    split_halves(values[h][place].hi, &a[2 + h], &low[2 + h]);
  }
  UNROLL for (int n = 0; n < TILES; n++) multiply_slots(sum[n], low, b[n]);
#endif
  UNROLL for (int n = 0; n < TILES; n++) multiply_slots(sum[n], a, b[n]);
}

/// Leaves a part's sums of `count` rows in `room`; of int8 those of its numbers, by the scales of rows and columns.
INLINE void leave_sums(__local float* room, const int count, const int lane, const SUM sum[TILES][4],
                       const float2 head[HEIGHT], const float2 columnScales[TILES]) {
  UNROLL for (int h = 0; h < HEIGHT; h++) {
    const int row = 8 * h + lane / 4;
    if (row >= count) continue;
    __local float* to = room + row * WIDTH + lane % 4 * 2;
    UNROLL for (int n = 0; n < TILES; n++) {
#if WEIGHT_TYPE == TYPE_INT8
      const float2 scale = columnScales[n] * head[h].x;
      to[8 * n] = (float)(sum[n][2 * h] + as_int(head[h].y)) * scale.x;
      to[8 * n + 1] = (float)(sum[n][2 * h + 1] + as_int(head[h].y)) * scale.y;
#else
      to[8 * n] = sum[n][2 * h];
      to[8 * n + 1] = sum[n][2 * h + 1];
#endif
    }
  }
}

/// Brings `numbers` sums that work-groups have handed over to `room`.
INLINE void take_back(volatile __global float* handed, __local float* room, const int numbers, const int item) {
  for (int i = item; i < numbers; i += 4 * LOCAL) {
    float sums[4];
    UNROLL for (int j = 0; j < 4; j++) sums[j] = get(handed + min(i + j * LOCAL, numbers - 1));
    UNROLL for (int j = 0; j < 4; j++)
      if (i + j * LOCAL < numbers) room[i + j * LOCAL] = sums[j];
  }
}

/// Adds `parts` sums, `stride` from one to the next, in their order.
INLINE float add_run(__local const float* from, int parts, const int stride, float total) {
#define ADD_SUMS(together)                                                                        \
  for (; parts >= together; parts -= together, from += together * stride) {                       \
    float sums[together];                                                                         \
    UNROLL for (int p = 0; p < together; p++) sums[p] = from[p * stride];                         \
    UNROLL for (int p = 0; p < together; p++) total += sums[p];                                   \
  }
  ADD_SUMS(AT_ONCE)
  ADD_SUMS(4)
  ADD_SUMS(1)
  return total;
}

/// The same of two runs of as many sums, which are `apart`, side by side.
INLINE float2 add_two_runs(__local const float* from, const int apart, int parts, const int stride, float2 total) {
#define ADD_PAIRS(together)                                                                              \
  for (; parts >= together; parts -= together, from += together * stride) {                              \
    float2 sums[together];                                                                               \
    UNROLL for (int p = 0; p < together; p++)                                                            \
      sums[p] = (float2)(from[p * stride], from[p * stride + apart]);                                    \
    UNROLL for (int p = 0; p < together; p++) total += sums[p];                                          \
  }
  ADD_PAIRS(AT_ONCE / 2)
  ADD_PAIRS(4)
  ADD_PAIRS(1)
  return total;
}

/// Adds the sums of a column's parts, of which `firsts` are of the first half of K, and the others of the second.
INLINE float2 add_column(__local const float* from, const int firsts, const int parts, const int stride, float2 total) {
#if HALVES == 1
  total.x = add_run(from, parts, stride, total.x);
#else
  const int both = min(firsts, parts - firsts);
  total = add_two_runs(from, firsts * stride, both, stride, total);
  if (firsts > both) total.x = add_run(from + both * stride, firsts - both, stride, total.x);
  const int seconds = firsts + both;
  total.y = add_run(from + seconds * stride, parts - seconds, stride, total.y);
#endif
  return total;
}

/// Adds the sums of parts, the first of which is part `first`, to what the item adds up.
INLINE void add_parts(__local const float* room, const int first, const int parts, const int firstHalf, const int count,
                      const int item, float2 total[OUTPUTS]) {
  const int firsts = clamp(firstHalf - first, 0, parts);
  UNROLL for (int i = 0; i < OUTPUTS; i++) {
    const int output = item + i * LOCAL;
    if (output >= count * WIDTH) continue;
    total[i] = count == 1 ? add_column(room + output, firsts, parts, WIDTH, total[i])  // a stride that compilers know
                          : add_column(room + output, firsts, parts, count * WIDTH, total[i]);
  }
}

/// A work-group's local memory.
typedef struct {
  __local uint4 (*ring)[STAGES][STAGE_CHUNKS], (*norms)[NORMS][PART_K / 2];  // (WARPS)
  __local float* room;                                                       // (ROOM)
  __local float2* moments;                                                   // (TM)
  __local int* isLast;
} ProductMemory;

#define RING_MEMORY (WARPS * STAGES * STAGE_CHUNKS)  // of 16 bytes, as the next
#define PRODUCT_MEMORY (RING_MEMORY + WARPS * NORMS * PART_K / 2 + ROOM / 4 + (TM + 1) / 2)

/// A part of PRODUCT_MEMORY.
INLINE ProductMemory product_memory(__local uint4* memory, __local int* isLast) {
  ProductMemory l;
  l.ring = (__local uint4 (*)[STAGES][STAGE_CHUNKS])memory;
  l.norms = (__local uint4 (*)[NORMS][PART_K / 2])(memory + RING_MEMORY);
  l.room = (__local float*)(l.norms + WARPS);
  l.moments = (__local float2*)(l.room + ROOM);
  l.isLast = isLast;
  return l;
}

/// A work-group's share of y = epilogue(x · w + bias), of norm(x) where it `normalizes`; K is a sum, or two `halves`.
/// Returns whether the rows came that it waits for.
INLINE int multiply_share(__global const float* x, __global const uint4* w, __global const float* bias,
                          __global const float* gain, __global const float* shift, volatile __global float* handed,
                          volatile __global int* arrivals, __global const uint4* ahead, __global float* y,
                          const ProductMemory l, const ProductShare share, const Awaited rows,
                          const int M, const int K, const int halves, const int xStride, const int yStride,
                          const int epilogue, const int normalizes, const float epsilon, const int aheadFirst,
                          const int aheadCount) {
  const int item = ITEM, lane = item % 32, warp = item / 32, firstRow = share.tile * TM;
  const uint firstColumn = share.column * WIDTH;
  const int count = min(TM, M - firstRow), steps = STEPS(K), parts = (K + PART_K - 1) / PART_K;
  const int split = share.split, each = (parts + split - 1) / split;
  const int begin = share.part * each, end = min(begin + each, parts), firstHalf = parts / halves;
  x += (size_t)firstRow * xStride;
  y += (size_t)firstRow * yStride;
  w += firstColumn / PANEL * panel_chunks(steps);
#if WEIGHT_TYPE == TYPE_INT8
  __global const float2* scales = (__global const float2*)((__global const float*)w + firstColumn % PANEL) + lane % 4;
#endif
  w += firstColumn % PANEL / V;

  // Stage `stage` of the warp, of two a part, and with a part's first what normalizes it.
#define FETCH_STAGE(stage, part)                                                                      \
  do {                                                                                                \
    if ((part) < end) {                                                                               \
      fetch(l.ring[warp][(stage) % STAGES], w, ((part) * 2 + (stage) % 2) * STAGE_STEPS, steps, lane);  \
      if (normalizes && (stage) % 2 == 0)                                                             \
        fetch_norm(l.norms[warp][(stage) / 2 % NORMS], gain, shift, part, K, lane);                     \
    }                                                                                                 \
    COMMIT_COPIES();                                                                                  \
  } while (0)
  UNROLL for (int s = 0; s < STAGES; s++) FETCH_STAGE(s, begin + warp + s / 2 * WARPS);
  if (!await(rows, l.isLast)) return 0;

  // What this item adds up: a row and a column each, and what is added to that.
  float2 total[OUTPUTS];  // of the halves of K
  float biases[OUTPUTS], before[OUTPUTS];
  UNROLL for (int i = 0; i < OUTPUTS; i++) {
    const int output = item + i * LOCAL, row = output / WIDTH;
    const uint column = firstColumn + output % WIDTH;
    biases[i] = bias[column];
    before[i] = epilogue == EPILOGUE_RESIDUAL && row < count ? y[(size_t)row * yStride + column] : 0.0f;
    total[i] = (float2)(0.0f);
  }
  // The numbers of the next part are on their way while one is multiplied, of the first while rows are normalized.
  float4 next[HEIGHT][QUARTETS];
  load_part(x, min(begin + warp, parts - 1), count, K, xStride, lane, next);

  // What is asked for ahead comes behind what this launch needs: of two parts a warp, the first is under way.
  const int product = tile_of(share), group = product * split + share.part;
  const int groups = split * share.tiles * (int)get_num_groups(2);  // where they ask: of a launch of shares alone
  const int isShort = end - begin <= 2 * WARPS;
  if (isShort) fetch_ahead(ahead, aheadFirst, aheadCount, group, groups, LOCAL);

  float2 own[HEIGHT];
  if (normalizes) {
    for (int row = warp; row < count; row += WARPS) {
      const float2 found = take_moments_by_warp(x + (size_t)row * xStride, K, TAIL == 0, epsilon, lane);
      if (lane == 0) l.moments[row] = found;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL for (int h = 0; h < HEIGHT; h++) own[h] = l.moments[min(8 * h + lane / 4, count - 1)];
  }

  handed += (size_t)product * parts * (TM * WIDTH);
  int stage = 0;
  const int stride = count * WIDTH;
  // Parts that are handed over at once.
  const int batch = (count == 1 ? ROOM / WIDTH : ROOM / WIDTH / TM) / WARPS * WARPS;
  for (int first = begin; first < end; first += batch) {
    const int behind = min(first + batch, end);
    for (int part = first + warp; part < behind; part += WARPS) {
      float4 values[HEIGHT][QUARTETS];
      UNROLL for (int h = 0; h < HEIGHT; h++) UNROLL for (int j = 0; j < QUARTETS; j++) values[h][j] = next[h][j];
      if (part + WARPS < end) load_part(x, part + WARPS, count, K, xStride, lane, next);
      uint quads[HEIGHT][QUARTETS];
      float2 head[HEIGHT], columnScales[TILES];  // of int8
#if WEIGHT_TYPE == TYPE_INT8
      UNROLL for (int n = 0; n < TILES; n++) columnScales[n] = scales[(size_t)part * GROUP_CHUNKS * 2 + 4 * n];
#endif
      SUM sum[TILES][4];
      UNROLL for (int n = 0; n < TILES; n++) UNROLL for (int i = 0; i < 4; i++) sum[n][i] = 0;
      UNROLL for (int pass = 0; pass < 2; pass++) {
        AWAIT_COPIES(LEFT);
        WARP_BARRIER();
        if (pass == 0) {
          if (normalizes) normalize(values, own, l.norms[warp][stage / 2 % NORMS], lane);
#if WEIGHT_TYPE == TYPE_INT8
          UNROLL for (int h = 0; h < HEIGHT; h++) head[h] = quantize_part(values[h], quads[h]);
#endif
        }
        UNROLL for (int block = 0; block < BLOCKS; block++)
          multiply_block(l.ring[warp][(stage + pass) % STAGES], block, pass * BLOCKS + block, lane, values, quads, sum);
        WARP_BARRIER();
        FETCH_STAGE(stage + STAGES + pass, part + (STAGES + pass) / 2 * WARPS);
      }
      if (!isShort && part + WARPS >= end) fetch_ahead(ahead, aheadFirst, aheadCount, group, groups, LOCAL);
      stage += 2;
      leave_sums(l.room + (part - first) * stride, count, lane, sum, head, columnScales);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (split > 1)
      for (int i = item; i < (behind - first) * stride; i += LOCAL) put(handed + first * stride + i, l.room[i]);
    else
      add_parts(l.room, first, behind - first, firstHalf, count, item, total);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (split > 1) {
    if (!is_last(arrivals + product, split, l.isLast)) return 1;
    for (int first = 0; first < parts; first += batch) {
      const int behind = min(first + batch, parts);
      take_back(handed + first * stride, l.room, (behind - first) * stride, item);
      barrier(CLK_LOCAL_MEM_FENCE);
      add_parts(l.room, first, behind - first, firstHalf, count, item, total);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
  }
  UNROLL for (int i = 0; i < OUTPUTS; i++) {
    const int output = item + i * LOCAL, row = output / WIDTH;
    const uint column = firstColumn + output % WIDTH;
    const float sum = total[i].x + total[i].y + biases[i];
    if (row < count) y[(size_t)row * yStride + column] = finish(sum, before[i], epilogue);
  }
  return 1;
}
#endif
