// Linear layer of few rows for GPU-type devices, bound by the weights it streams, a work-group's share: what
// linear_few.cl and block.cl have in common; formulas and layouts in linear.h.
//
//                        k: a part for each team          TEAM = WIDTH/V work-items, V columns each
//     team 0   +--------------------------------+      partial[0]  --+
//     team 1   |  steps of w, 16 bytes an item  |      partial[1]    |  SLICE_PARTS of them make a slice's sum
//     ...      |                                |      ...           |
//              +--------------------------------+                  --+-->  slices, added in their order
//
// A team takes a part of the steps; each of its items V columns, 16 bytes of weights of a step, FLIGHT steps ahead.
//
// x  (M, xStride) fp32, of which each work-group makes the operands of its slices itself, in local memory, to the bit
//    as other kernels would: what layer_norm.cl makes where `normalizes`, of gain and shift (K), then where weights are
//    bf16 or integers what quantize.cl makes. That is work done by every group alike, but it spares a launch each.
//    Where QUANTIZED, x is what quantize.cl made.
//
// room      local memory: the operands of TM rows and SLICES slices, in runs of four steps: run q of row m lies at
//           q * TM + m and as many places further as there are parts before it, so that teams use different banks.
//           Of integers then scales and offsets (SLICES, TM), and in int4 the spans' offsets (SLICES, SPANS, TM).
// slices    where split > 1: sums of the slices (column groups, row tiles, slices, TM, WIDTH)
// arrivals  (column groups, row tiles), 0 before and after: the work-group that arrives last at one adds all slices, in
//           their order, whoever made them
// No kernel: others include it, and are empty on tensor cores.

#pragma once
#include "simt/exchange.h"
#include "simt/linear.h"
#include "simt/moments.cl"
#include "simt/quantize.cl"
#include "simt/share.h"

#if DOT_UNIT != DOT_MMA
#ifndef TM
#define TM 4  // rows of a work-group: 1, 2, 4, 8
#endif
#ifndef WIDTH
#define WIDTH 32  // columns of a work-group: 32, 16, 8
#endif
#ifndef SLICES
#define SLICES 2  // slices that a work-group sums up at a time
#endif
#ifndef QUANTIZED
#define QUANTIZED 0
#endif
#ifndef TAIL
#define TAIL 1  // 0 where the steps are a multiple of LEAST_PART
#endif
#ifndef FLIGHT
// Steps of a work-item under way, by loads of 16 bytes: 4 or 8.
#define FLIGHT (TM > 4 && WEIGHT_TYPE != TYPE_INT4 ? 4 : 8)
#endif
#define TEAM (WIDTH / V)
#define LOCAL (SLICES * SLICE_PARTS * TEAM)
#define RUN_CHUNKS (4 / CHUNK_STEPS)  // of four steps
#define ROUND_ROWS (TM < 2 ? TM : 2)  // rows that are handed over at a time
#define ADDERS (SLICE_PARTS / V)      // work-items that add up a slice's column, a row each
#define MOST(a, b) ((a) > (b) ? (a) : (b))
#define PARTIALS (SLICES * SLICE_PARTS * ROUND_ROWS * WIDTH)
#define EXCHANGE MOST(PARTIALS + SLICES * ROUND_ROWS * WIDTH, MOST(TM * SHARES, 2 * LOCAL))  // words

#if ROUNDS
#define OPERAND2 uint2
#define OPERAND4 uint4
#define GROUP_STEPS (INTEGERS ? QUADS : GROUP / 2)
#else
#define OPERAND2 float2
#define OPERAND4 float4
#endif
#if QUANTIZED
#define INPUT uint
#else
#define INPUT float
#endif

/// Four values of a row from `k` on, zeros beyond K.
INLINE float4 load4(__global const float* x, const int k, const int K) {
  if (k + 4 <= K) return *(__global const float4*)(x + k);
  return (float4)(k < K ? x[k] : 0.0f, k + 1 < K ? x[k + 1] : 0.0f, k + 2 < K ? x[k + 2] : 0.0f, 0.0f);
}

/// Makes the operands of TM rows, behind the last that one again, of `range` steps from `first` on; zeros beyond K.
INLINE void stage(__global const INPUT* x, __global const float* gain, __global const float* shift,
                  __local uint4* staged, __local uint2* heads, __local int* offsets, __local uint* exchange,
                  __local float2* moments, const int rows, const int K, const int first, const int range,
                  const int part, const int xStride, const int normalizes, const float epsilon) {
  const int item = (int)get_local_id(0);
#if QUANTIZED
  const int steps = STEPS(K);
  for (int step = 4 * item; step < range; step += 4 * LOCAL)
    UNROLL for (int row = 0; row < TM; row++) {
      __global const uint* from = x + (size_t)min(row, rows - 1) * xStride + HEAD(steps) + first + step;
      const int left = steps - first - step;
      staged[step / 4 * TM + step / part + row] = (uint4)(left > 0 ? from[0] : 0, left > 1 ? from[1] : 0,
                                                          left > 2 ? from[2] : 0, left > 3 ? from[3] : 0);
    }
  for (int i = item; INTEGERS && i < range / QUADS * TM; i += LOCAL)
    heads[i] = vload2(min(first / QUADS + i / TM, steps / QUADS - 1), x + (size_t)min(i % TM, rows - 1) * xStride);
  for (int i = item; WEIGHT_TYPE == TYPE_INT4 && i < range / LEAST_PART * TM; i += LOCAL) {
    const int span = min(first / LEAST_PART + i / TM, steps / LEAST_PART - 1);
    offsets[i] = ((__global const int*)x)[(size_t)min(i % TM, rows - 1) * xStride + SPAN_OFFSETS(steps / QUADS) + span];
  }
#else
#if ROUNDS
  const int groups = range / GROUP_STEPS;
  ROLLED for (int done = 0; done < TM * groups; done += LOCAL / ITEMS) {
    const int place = done + item / ITEMS, row = min(place / groups, TM - 1), g = place % groups;
    const int k = ((first / GROUP_STEPS + g) * ITEMS + item % ITEMS) * RUN;
    float values[RUN];
    load_run(x + (size_t)min(row, rows - 1) * xStride, k, K, values);
    if (normalizes) {
      float gains[RUN], shifts[RUN];
      load_run(gain, k, K, gains);
      load_run(shift, k, K, shifts);
      UNROLL for (int i = 0; i < RUN; i++)
        values[i] = k + i < K ? normalized(values[i], moments[min(row, rows - 1)], gains[i], shifts[i]) : 0.0f;
    }
    uint words[RUN_WORDS];
    const uint3 head = quantize_run(values, words, exchange, LOCAL);
    if (place < TM * groups) {
      if (INTEGERS && item % ITEMS == 0) heads[g * TM + row] = head.xy;
      if (WEIGHT_TYPE == TYPE_INT4 && item % SPAN_ITEMS == 0)
        offsets[(g * SPANS + item % ITEMS / SPAN_ITEMS) * TM + row] = (int)head.z;
      UNROLL for (int i = 0; i < RUN_WORDS; i += 4) {
        const int step = (g * ITEMS + item % ITEMS) * RUN_WORDS + i;
        staged[step / 4 * TM + step / part + row] = vload4(0, words + i);
      }
    }
  }
#else
  for (int step = 4 * item; step < range; step += 4 * LOCAL) {
    const int k = first + step;
    float4 values[TM];
    UNROLL for (int row = 0; row < TM; row++) values[row] = load4(x + (size_t)min(row, rows - 1) * xStride, k, K);
    if (normalizes) {
      const float4 gains = load4(gain, k, K), shifts = load4(shift, k, K);
      UNROLL for (int row = 0; row < TM; row++)
        values[row] = normalized4(values[row], moments[min(row, rows - 1)], gains, shifts);
    }
    UNROLL for (int row = 0; row < TM; row++) staged[step / 4 * TM + step / part + row] = as_uint4(values[row]);
  }
#endif
#endif
}

/// Asks for the weights of four steps, of which `left` are the work-group's.
INLINE void fetch(uint4 chunks[RUN_CHUNKS], __global const uint4* from, const int left) {
#if TAIL
  UNROLL for (int j = 0; j < RUN_CHUNKS; j++) chunks[j] = j * CHUNK_STEPS < left ? from[j * CHUNKS] : (uint4)(0);
#else
  if (left > 0) UNROLL for (int j = 0; j < RUN_CHUNKS; j++) chunks[j] = from[j * CHUNKS];
#endif
}

/// Adds to the sums of V columns by TM rows four steps, in their order: operands of several at a time, as there is room
/// for in registers beside the sums.
INLINE void multiply(__local const OPERAND4* x, const uint4 chunks[RUN_CHUNKS], EXACT4 sum[TM][V / 4]) {
  uint4 words[V / 4];
#define MULTIPLY_STEP(j, c)                                   \
  unpack(chunks[(j) / CHUNK_STEPS], (j) % CHUNK_STEPS, words); \
  UNROLL for (int i = 0; i < TM; i++) \
    UNROLL for (int v = 0; v < V / 4; v++) MULTIPLY(sum[i][v], a[i].c, words[v]);
#if TM > 4
  UNROLL for (int pair = 0; pair < 2; pair++) {
    OPERAND2 a[TM];
    UNROLL for (int i = 0; i < TM; i++) a[i] = ((__local const OPERAND2*)(x + i))[pair];
    MULTIPLY_STEP(2 * pair, x)
    MULTIPLY_STEP(2 * pair + 1, y)
  }
#else
  OPERAND4 a[TM];
  UNROLL for (int i = 0; i < TM; i++) a[i] = x[i];
  MULTIPLY_STEP(0, x)
  MULTIPLY_STEP(1, y)
  MULTIPLY_STEP(2, z)
  MULTIPLY_STEP(3, w)
#endif
}

/// The sum of `count` numbers that other work-groups may have left, `stride` from one to the next.
INLINE float add_slices(volatile __global float* from, const int count, const int stride) {
  float total = 0.0f;
  for (int i = 0; i < count; i += 8) {
    float values[8];
    UNROLL for (int j = 0; j < 8; j++) values[j] = i + j < count ? get(from + (i + j) * stride) : 0.0f;
    UNROLL for (int j = 0; j < 8; j++) total += values[j];
  }
  return total;
}

/// A work-group's local memory.
typedef struct {
  __local uint4 *room, *exchange;  // operands, (EXCHANGE_MEMORY)
  __local float* totals;           // (TM, WIDTH)
  __local float2* moments;         // (TM)
  __local int* isLast;
} ProductMemory;

#define EXCHANGE_MEMORY ((EXCHANGE + 3) / 4)  // of 16 bytes, as the next
#define PRODUCT_MEMORY (EXCHANGE_MEMORY + TM * WIDTH / 4 + (TM + 1) / 2)

/// A part of PRODUCT_MEMORY, and room for operands.
INLINE ProductMemory product_memory(__local uint4* memory, __local uint4* room, __local int* isLast) {
  ProductMemory l;
  l.room = room;
  l.exchange = memory;
  l.totals = (__local float*)(memory + EXCHANGE_MEMORY);
  l.moments = (__local float2*)(l.totals + TM * WIDTH);
  l.isLast = isLast;
  return l;
}

/// A work-group's share of y = epilogue(x · w + bias), of norm(x) where it `normalizes`. Returns whether the rows came
/// that it waits for.
INLINE int multiply_share(__global const INPUT* x, __global const uint4* w, __global const float* bias,
                          __global const float* gain, __global const float* shift, volatile __global float* slices,
                          volatile __global int* arrivals, __global float* y, const ProductMemory l,
                          const ProductShare share, const Awaited rows, const int M, const int K,
                          const int xStride, const int yStride, const int epilogue, const int normalizes,
                          const float epsilon) {
  const int item = (int)get_local_id(0), team = item / TEAM, member = item % TEAM;
  const int firstRow = share.tile * TM, firstColumn = share.column * WIDTH;
  const int count = min(TM, M - firstRow), steps = STEPS(K);
  const int part = part_steps(steps), slice = SLICE_PARTS * part, sliceCount = (steps + slice - 1) / slice;
  const int split = share.split, own = (sliceCount + split - 1) / split;
  const int firstSlice = share.part * own, endSlice = min(firstSlice + own, sliceCount);
  const int first = firstSlice * slice, end = min(endSlice * slice, steps);  // steps
  w += firstColumn / PANEL * panel_chunks(steps);
  x += (size_t)firstRow * xStride;
  y += (size_t)firstRow * yStride + firstColumn;
  bias += firstColumn;

  // The weights do not depend on the rows: they are on their way while these are made.
  int step = first + team * part;
  __global const uint4* from = step_chunks(w, step) + firstColumn % PANEL / V + member;
  uint4 chunks[FLIGHT / 4][RUN_CHUNKS];
  UNROLL for (int q = 0; q < FLIGHT / 4; q++) fetch(chunks[q], from + RUN_CHUNKS * q * CHUNKS, end - step - 4 * q);
  if (!await(rows, l.isLast)) return 0;
#if !QUANTIZED
  // PoCL writes twice what stands behind a barrier that may be left out, and compiles for twice as long: on processors
  // none is left out, here or at the end.
  if (normalizes || FOR_PROCESSOR)
    take_moments(x, normalizes ? count : 0, K, xStride, epsilon, (__local float*)l.exchange, l.moments, LOCAL);
#endif
  for (int i = item; i < TM * WIDTH; i += LOCAL) l.totals[i] = 0.0f;

  // What this item adds up: a column of a slice.
  const int ownSlice = item / (ADDERS * WIDTH), adder = item / WIDTH % ADDERS, column = item % WIDTH;
  const int tile = tile_of(share);
  volatile __global float* handed = slices + (size_t)tile * sliceCount * (TM * WIDTH);
  __local EXACT* partial = (__local EXACT*)l.exchange;
  __local float* sliceSums = (__local float*)l.exchange + PARTIALS;
  __local uint2* heads = (__local uint2*)(l.room + SLICES * slice / 4 * TM + SLICES * SLICE_PARTS);
  __local int* offsets = (__local int*)(heads + SLICES * TM);
  for (int pass = firstSlice; pass < endSlice; pass += SLICES) {
#if INTEGERS
    float scale = 0.0f;
    if (pass + ownSlice < endSlice)
      scale = ((__global const float*)(w + (size_t)(pass + ownSlice) * GROUP_CHUNKS))[firstColumn % PANEL + column];
#endif
#if WEIGHT_TYPE == TYPE_INT4
    const int groupOfTeam = min(pass + team / SPANS, endSlice - 1);
    const uint4 multipliers = w[(size_t)groupOfTeam * GROUP_CHUNKS + (PANEL + firstColumn % PANEL) / 4 + member];
#endif
    stage(x, gain, shift, l.room, heads, offsets, (__local uint*)l.exchange, l.moments, count, K, pass * slice,
          SLICES * slice, part, xStride, normalizes, epsilon);
    barrier(CLK_LOCAL_MEM_FENCE);  // the operands are there
    EXACT4 sum[TM][V / 4];
    UNROLL for (int i = 0; i < TM; i++) UNROLL for (int v = 0; v < V / 4; v++) sum[i][v] = (EXACT4)(0);
    __local const OPERAND4* operands = (__local const OPERAND4*)l.room + team * (part / 4 * TM + 1);
    for (int done = 0; done < part; done += FLIGHT) {
      // The part's next steps, or the next pass's first.
      const int next = done + FLIGHT < part ? step + FLIGHT : step - done + SLICES * slice;
      __global const uint4* nextFrom = step_chunks(w, next) + firstColumn % PANEL / V + member;
      UNROLL for (int q = 0; q < FLIGHT / 4; q++) {
        if (step < end) multiply(operands + q * TM, chunks[q], sum);
        fetch(chunks[q], nextFrom + RUN_CHUNKS * q * CHUNKS, end - next - 4 * q);
      }
      step = next;
      operands += FLIGHT / 4 * TM;
    }
#if WEIGHT_TYPE == TYPE_INT4
    UNROLL for (int i = 0; i < TM; i++)
      sum[i][0] = multiples(sum[i][0], offsets[team * TM + i], multipliers, team % SPANS);
#endif

    UNROLL for (int row = 0; row < TM; row += ROUND_ROWS) {
      UNROLL for (int i = 0; i < ROUND_ROWS; i++)
        UNROLL for (int v = 0; v < V / 4; v++)
          ((__local EXACT4*)partial)[(team * ROUND_ROWS + i) * (WIDTH / 4) + member * (V / 4) + v] = sum[row + i][v];
      barrier(CLK_LOCAL_MEM_FENCE);
      UNROLL for (int i = adder; i < ROUND_ROWS; i += ADDERS) {
        EXACT exact = 0;
        UNROLL for (int p = 0; p < SLICE_PARTS; p++)
          exact += partial[((ownSlice * SLICE_PARTS + p) * ROUND_ROWS + i) * WIDTH + column];
        float value = 0.0f;
        if (pass + ownSlice < endSlice) {
#if INTEGERS
          const uint2 head = heads[ownSlice * TM + row + i];
          if (WEIGHT_TYPE == TYPE_INT8) exact += (int)head.y;
          value = (float)exact * (scale * as_float(head.x));
#else
          value = exact;
#endif
          if (split > 1)
            put(handed + (size_t)(pass + ownSlice) * (TM * WIDTH) + (row + i) * WIDTH + column, value);
        }
        sliceSums[(ownSlice * ROUND_ROWS + i) * WIDTH + column] = value;
      }
      barrier(CLK_LOCAL_MEM_FENCE);
      // A loop from `item` on loses sums on processors with AVX-512, where PoCL 3.1 vectorizes it across work-items.
      if (split == 1)
        UNROLL for (int passed = 0; passed < ROUND_ROWS * WIDTH; passed += LOCAL) {
          const int i = passed + item;
          if (i >= ROUND_ROWS * WIDTH) break;
          float total = l.totals[row * WIDTH + i];
          UNROLL for (int s = 0; s < SLICES; s++) total += sliceSums[s * ROUND_ROWS * WIDTH + i];
          l.totals[row * WIDTH + i] = total;
        }
    }
  }

  barrier(CLK_LOCAL_MEM_FENCE);
  if ((split > 1 || FOR_PROCESSOR) && !is_last(arrivals + tile, split, l.isLast)) return 1;
  for (int i = item; i < count * WIDTH; i += LOCAL) {
    const float total = split > 1 ? add_slices(handed + i, sliceCount, TM * WIDTH) : l.totals[i];
    store(y + (size_t)(i / WIDTH) * yStride + i % WIDTH, total + bias[i % WIDTH], epilogue);
  }
  return 1;
}
#endif
