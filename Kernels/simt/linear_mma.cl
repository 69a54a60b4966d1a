// Linear layer of few rows on tensor cores, bound by the weights it streams: formulas and layouts in linear.h, the
// instructions in mma.h.
//
//                       k: parts of 64, for int8 of 128         WIDTH columns
//     warp 0   +--------------------------------+      room[0]  rows x WIDTH sums  --+
//     warp 1   |  a part of each, then the next |      room[1]                       |  added in the order of
//     ...      |  WARPS parts, by cp.async      |      ...                           |  the parts
//     WARPS-1  +--------------------------------+                                  --+
//
// Global size (LOCAL, ceil(M/TM), ceil(N/32) * 32/WIDTH), local (LOCAL, 1, 1), LOCAL = 32 WARPS.
//
// x is (M, xStride) fp32; every warp makes the operands of its part in its registers: layer_norm.cl's numbers where
// `normalizes`, of gain and shift (K), then for bf16 and int8 what quantize.cl makes of them. fp16 multiplies each
// number as two, high + low: 22 bits, where one would leave 11 and an error 300 times the portable unit's.
//
// A part is a chain of mma's in the order of k, low before high, from zero; parts are added in their order; int8 adds
// its groups in theirs, whose own sums are exact. linear_mma_tiles.cl does the same, so a row's result depends neither
// on its company nor on TM, WIDTH, WARPS and STAGES.
//
// Rows that there are not, up to 16, cost nothing: the weights' way through memory takes longer. A warp has STAGES of
// 64 WIDTH bytes under way, a work-item STAGES * 2 WIDTH: defaults 128.
//
// Local memory: 64 WIDTH WARPS STAGES + 9 KiB.

#ifndef WIDTH
#define WIDTH 16  // columns of a work-group: 16, 32
#endif
#include "simt/mma_stage.h"
#include "simt/moments.cl"

#if DOT_UNIT == DOT_MMA
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
#define TAIL 1  // 0 where K is a multiple of GROUP
#endif
#define LOCAL (32 * WARPS)
#define ROOM 2048  // sums of parts, or shares of moments
#define OUTPUTS ((TM * WIDTH + LOCAL - 1) / LOCAL)  // of a work-item
#define HEIGHT (TM / 8)  // rows of a lane
#define PART_STEPS (2 * STAGE_STEPS)
#if WEIGHT_TYPE == TYPE_INT8
#define PART_K GROUP
#else
#define PART_K 64
#endif
#define QUARTETS (PART_K / 16)  // runs of 4 k that a lane takes of a row's part
#if STAGES == 2
#define LEFT 1
#elif STAGES == 3
#define LEFT 2
#else
#define LEFT 3
#endif

/// Begins to copy a stage of a warp, zeros behind the last step.
INLINE void fetch(__local uint4* stage, __global const uint4* w, const int first, const int steps, const int lane) {
#if TAIL
#define AVAILABLE(step) ((step) < steps)
#else
#define AVAILABLE(step) isThere
#endif
  const int isThere = first < steps;
  const int begin = isThere ? first : 0;
  UNROLL for (int j = 0; j < STAGE_CHUNKS / 32; j++) {
    const int row = (lane + 32 * j) / ROW_CHUNKS, chunk = (lane + 32 * j) % ROW_CHUNKS;
    copy_async(&stage[PLACE(SLOT_ROW(row), chunk)],
               step_chunks(w, AVAILABLE(first + row) ? begin + row : 0) + chunk, AVAILABLE(first + row) ? 16 : 0);
  }
  COMMIT_COPIES();
}

/// Numbers k to k + 3 of a row, zeros from K on; k is a multiple of 4.
INLINE float4 load_quartet(__global const float* row, const int k, const int K) {
  if (!TAIL || k + 4 <= K) return *(__global const float4*)(row + k);
  return (float4)(k < K ? row[k] : 0.0f, k + 1 < K ? row[k + 1] : 0.0f, k + 2 < K ? row[k + 2] : 0.0f, 0.0f);
}

/// A lane's numbers of its rows in a part; behind the last row that one again, behind the last part that.
INLINE void load_part(__global const float* x, int part, const int count, const int K, const int xStride,
                      const int lane, float4 values[HEIGHT][QUARTETS]) {
  part = min(part, (K - 1) / PART_K);
  UNROLL for (int h = 0; h < HEIGHT; h++) {
    __global const float* row = x + (size_t)min(8 * h + lane / 4, count - 1) * xStride;
    UNROLL for (int j = 0; j < QUARTETS; j++)
      values[h][j] = load_quartet(row, part * PART_K + 16 * j + lane % 4 * 4, K);
  }
}

INLINE void normalize(float4 values[HEIGHT][QUARTETS], const float2 moments[HEIGHT], __global const float* gain,
                      __global const float* shift, const int part, const int K, const int lane) {
  UNROLL for (int j = 0; j < QUARTETS; j++) {
    const int k = part * PART_K + 16 * j + lane % 4 * 4;
    const float4 gains = load_quartet(gain, k, K), shifts = load_quartet(shift, k, K);
    UNROLL for (int h = 0; h < HEIGHT; h++) values[h][j] = normalized4(values[h][j], moments[h], gains, shifts);
  }
}

#if WEIGHT_TYPE == TYPE_INT8
/// The largest, or the sum, of a number of the four lanes that share a row.
INLINE uint take_largest(uint value) {
  UNROLL for (int distance = 1; distance < 4; distance *= 2) value = max(value, shuffle_xor(value, distance));
  return value;
}
INLINE int take_sum(int value) {
  UNROLL for (int distance = 1; distance < 4; distance *= 2) value += (int)shuffle_xor((uint)value, distance);
  return value;
}

/// A row's group as quads, with its scale and offset: formulas of quantize.cl. The lane holds a quarter of it.
INLINE float2 quantize_part(const float4 values[QUARTETS], uint quads[QUARTETS]) {
  uint largest = 0;
  UNROLL for (int j = 0; j < QUARTETS; j++) {
    const uint4 bits = as_uint4(values[j]) & 0x7FFFFFFFu;
    largest = max(max(largest, max(bits.x, bits.y)), max(bits.z, bits.w));
  }
  const float magnitude = as_float(take_largest(largest));
  const float inverse = magnitude > 1e-30f ? 127.0f / magnitude : 0.0f;
  int sum = 0;
  UNROLL for (int j = 0; j < QUARTETS; j++) {
    const int4 q = as_int4(values[j] * inverse + ROUNDER) - ROUNDER_BITS;
    const uint4 low = as_uint4(q) & 0xFFu;
    quads[j] = low.x | low.y << 8 | low.z << 16 | low.w << 24;
    sum += q.x + q.y + q.z + q.w;
  }
  return (float2)(magnitude / 127.0f, as_float(-128 * take_sum(sum)));
}
#endif

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

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const float* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global const float* restrict gain, __global const float* restrict shift, __global float* restrict y,
            const int M, const int K, const int xStride, const int yStride, const int epilogue, const int normalizes,
            const float epsilon) {
  __local uint4 ring[WARPS][STAGES][STAGE_CHUNKS];
  __local __attribute__((aligned(16))) SUM room[ROOM];
  __local float2 moments[TM];
  const int item = (int)get_local_id(0), lane = item % 32, warp = item / 32;
  const int firstRow = (int)get_group_id(1) * TM, firstColumn = (int)get_group_id(2) * WIDTH;
  const int count = min(TM, M - firstRow), steps = STEPS(K), parts = (K + PART_K - 1) / PART_K;
  x += (size_t)firstRow * xStride;
  y += (size_t)firstRow * yStride;
  w += firstColumn / PANEL * panel_chunks(steps);
#if WEIGHT_TYPE == TYPE_INT8
  __local float2 heads[ROOM / WIDTH];  // of a row's part: the scale, and the offset of its sums
  __global const float* scales = (__global const float*)w + firstColumn % PANEL;
#endif
  w += firstColumn % PANEL / V;

  int fetched = 0;  // stages of the warp, two a part
#define FETCH()                                                                                      \
  do {                                                                                               \
    const int first = (warp + fetched / 2 * WARPS) * PART_STEPS + fetched % 2 * STAGE_STEPS;         \
    fetch(ring[warp][fetched % STAGES], w, first, steps, lane);                                      \
    fetched++;                                                                                       \
  } while (0)
  UNROLL for (int s = 0; s < STAGES; s++) FETCH();
  // The numbers of the next part are on their way while one is multiplied.
  float4 next[HEIGHT][QUARTETS];
  load_part(x, warp, count, K, xStride, lane, next);
  float2 own[HEIGHT];
  if (normalizes) {
    take_moments(x, count, K, xStride, epsilon, (__local float*)room, moments, LOCAL);
    UNROLL for (int h = 0; h < HEIGHT; h++) own[h] = moments[min(8 * h + lane / 4, count - 1)];
  }

  // What this item adds up: a row and a column each.
  float total[OUTPUTS];
  UNROLL for (int i = 0; i < OUTPUTS; i++) total[i] = 0.0f;
  const int batch = ROOM / WIDTH / count / WARPS * WARPS;  // parts that are handed over at once
  for (int first = 0; first < parts; first += batch) {
    const int end = min(first + batch, parts);
    for (int part = first + warp; part < end; part += WARPS) {
      float4 values[HEIGHT][QUARTETS];
      UNROLL for (int h = 0; h < HEIGHT; h++) UNROLL for (int j = 0; j < QUARTETS; j++) values[h][j] = next[h][j];
      if (normalizes) normalize(values, own, gain, shift, part, K, lane);
      load_part(x, part + WARPS, count, K, xStride, lane, next);
      uint quads[HEIGHT][QUARTETS];
#if WEIGHT_TYPE == TYPE_INT8
      float2 head[HEIGHT];
      UNROLL for (int h = 0; h < HEIGHT; h++) head[h] = quantize_part(values[h], quads[h]);
#endif
      SUM sum[TILES][4];
      UNROLL for (int n = 0; n < TILES; n++) UNROLL for (int i = 0; i < 4; i++) sum[n][i] = 0;
      UNROLL for (int pass = 0; pass < 2; pass++) {
        AWAIT_COPIES(LEFT);
        WARP_BARRIER();
        __local const uint4* stage = ring[warp][fetched % STAGES];
        UNROLL for (int block = 0; block < BLOCKS; block++)
          multiply_block(stage, block, pass * BLOCKS + block, lane, values, quads, sum);
        WARP_BARRIER();
        FETCH();
      }
      UNROLL for (int h = 0; h < HEIGHT; h++) {
        const int row = 8 * h + lane / 4, place = (part - first) * count + row;
        if (row >= count) continue;
#if WEIGHT_TYPE == TYPE_INT8
        if (lane % 4 == 0) heads[place] = head[h];
#endif
        UNROLL for (int n = 0; n < TILES; n++)
          UNROLL for (int i = 0; i < 2; i++)
            room[place * WIDTH + 8 * n + lane % 4 * 2 + i] = sum[n][2 * h + i];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL for (int i = 0; i < OUTPUTS; i++) {
      const int output = item + i * LOCAL, row = output / WIDTH, column = output % WIDTH;
      if (row < count)
        for (int part = first; part < end; part++) {
          const int place = (part - first) * count + row;
#if WEIGHT_TYPE == TYPE_INT8
          const int exact = room[place * WIDTH + column] + as_int(heads[place].y);
          const float scale = scales[(size_t)part * GROUP_CHUNKS * 4 + column];
          total[i] += (float)exact * (scale * heads[place].x);
#else
          total[i] += room[place * WIDTH + column];
#endif
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  UNROLL for (int i = 0; i < OUTPUTS; i++) {
    const int output = item + i * LOCAL, row = output / WIDTH, column = firstColumn + output % WIDTH;
    if (row < count) store(y + (size_t)row * yStride + column, total[i] + bias[column], epilogue);
  }
}
#endif
