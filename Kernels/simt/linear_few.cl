// Linear layer of few rows for GPU-type devices, bound by the weights it streams: formulas and layouts in linear.h.
//
//                        k: a part for each team          TEAM = WIDTH/V work-items, V columns each
//     team 0   +--------------------------------+      partial[0]  TM x WIDTH sums   --+
//     team 1   |  steps of w, 16 bytes an item  |      partial[1]                      |  added in the order of
//     ...      |                                |      ...                             |  the parts
//     PARTS-1  +--------------------------------+      partial[PARTS-1]              --+
//
// Global size (LOCAL, ceil(M/TM), ceil(N/32) * 32/WIDTH), local (LOCAL, 1, 1), LOCAL = PARTS * WIDTH/V.
// A team of WIDTH/V work-items takes a part of the steps, each of them V columns, 16 bytes of weights, at a time.
//
// Where STAGES, x is (M, xStride) fp32, and each work-group makes the operands of its rows itself, in local memory, to
// the bit as other kernels would: what layer_norm.cl makes where `normalizes`, of gain and shift (K), then for bf16 and
// int8 what quantize.cl makes. That is work done by every group alike, but it spares a launch each.
//
// room  local memory, two things one after the other in the same place, in int8 one behind the other:
//         min(M, TM) rows of operands, ROW_WORDS(K) each, where STAGES
//         the sums of the parts, 32 WIDTH min(TM V, 16) bytes

#include "simt/linear.h"
#include "simt/moments.cl"
#include "simt/quantize.cl"

#ifndef TM
#define TM 4  // rows of a work-group: 1, 2, 4, 8
#endif
#ifndef WIDTH
#define WIDTH 32  // columns of a work-group: 32, 16, 8; less makes more groups
#endif
#ifndef STAGES
#define STAGES 0
#endif
#ifndef FLIGHT
#define FLIGHT (TM > 4 ? 4 : 8)  // 16-byte loads of a work-item under way: divides TK and QUADS/WAYS
#endif
#define TEAM (WIDTH / V)
#define LOCAL (PARTS * TEAM)
#define WAYS 4  // teams that share a group, int8
#define ROUND_ROWS (TM < 16 / V ? TM : 16 / V)  // rows that are handed over at a time, 8 KiB each for V = 8, else 4

#if STAGES
#define INPUT float
#define SPACE __local
// Of a step in a row: teams, whose parts are multiples of TK, use different banks.
#define PLACE(step) ((step) + (step) / TK)
#define ROW_WORDS(K) (HEAD(STEPS(K)) + PLACE(ROUNDS ? STEPS(GROUPS(K) * GROUP) : (K)))
#else
#define INPUT OPERAND
#define SPACE __global
#define PLACE(step) (step)
#endif

#if STAGES
/// Makes the operands of `rows` rows, `stride` words each. `scratch` has room for the sums of parts.
inline void stage(__global const float* x, __global const float* gain, __global const float* shift,
                  __local OPERAND* staged, __local uint4* scratch, __local float2* moments, const int rows, const int K,
                  const int xStride, const int stride, const int normalizes, const float epsilon) {
  const int item = (int)get_local_id(0);
  if (normalizes) take_moments(x, rows, K, xStride, epsilon, (__local float*)scratch, moments, LOCAL);
#if ROUNDS
  const int groups = GROUPS(K);
  for (int first = 0; first < rows * groups; first += LOCAL / ITEMS) {
    const int place = first + item / ITEMS, row = min(place / groups, rows - 1), g = place % groups;
    const int k = (g * ITEMS + item % ITEMS) * RUN;
    float values[RUN];
    load_run(x + (size_t)row * xStride, k, K, values);
    if (normalizes) {
      float gains[RUN], shifts[RUN];
      load_run(gain, k, K, gains);
      load_run(shift, k, K, shifts);
      UNROLL for (int i = 0; i < RUN; i++)
        values[i] = k + i < K ? normalized(values[i], moments[row], gains[i], shifts[i]) : 0.0f;
    }
    uint words[RUN_WORDS];
    const uint2 head = quantize_run(values, words, (__local uint*)scratch, LOCAL);
    if (place < rows * groups) {
      __local uint* to = staged + row * stride;
      if (WEIGHT_TYPE == TYPE_INT8 && item % ITEMS == 0) vstore2(head, g, to);
      to += HEAD(STEPS(K)) + PLACE((g * ITEMS + item % ITEMS) * RUN_WORDS);
      UNROLL for (int i = 0; i < RUN_WORDS; i++) to[i] = words[i];
    }
  }
#else
  for (int row = 0; row < rows; row++)
    for (int k = item; k < K; k += LOCAL) {
      const float value = x[(size_t)row * xStride + k];
      staged[row * stride + PLACE(k)] = normalizes ? normalized(value, moments[row], gain[k], shift[k]) : value;
    }
#endif
  barrier(CLK_LOCAL_MEM_FENCE);
}
#endif

/// The sums of V columns by TM rows over steps from `step` to `end`, in their order.
inline void multiply_steps(SPACE const OPERAND* const* rows, __global const uint4* w, int step, int end,
                           EXACT4 sum[TM][V / 4]) {
  for (; step + FLIGHT <= end; step += FLIGHT) {
    uint4 chunks[FLIGHT];
    __global const uint4* from = step_chunks(w, step);
    UNROLL for (int j = 0; j < FLIGHT; j++) chunks[j] = from[j * CHUNKS];
    UNROLL for (int j = 0; j < FLIGHT; j++) {
      uint4 words[V / 4];
      unpack(chunks[j], words);
      UNROLL for (int i = 0; i < TM; i++) {
        const OPERAND a = rows[i][PLACE(step) + j];
        UNROLL for (int v = 0; v < V / 4; v++) MULTIPLY(sum[i][v], a, words[v]);
      }
    }
  }
  for (; step < end; step++) {
    uint4 words[V / 4];
    unpack(*step_chunks(w, step), words);
    UNROLL for (int i = 0; i < TM; i++) {
      const OPERAND a = rows[i][PLACE(step)];
      UNROLL for (int v = 0; v < V / 4; v++) MULTIPLY(sum[i][v], a, words[v]);
    }
  }
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const INPUT* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global const float* restrict gain, __global const float* restrict shift, __local uint4* room,
            __global float* restrict y, const int M, const int K, const int xStride, const int yStride,
            const int epilogue, const int normalizes, const float epsilon) {
  const int item = (int)get_local_id(0), team = item / TEAM, member = item % TEAM;
  const int firstRow = (int)get_group_id(1) * TM, firstColumn = (int)get_group_id(2) * WIDTH;
  const int count = min(TM, M - firstRow), steps = STEPS(K);
  w += firstColumn / PANEL * panel_chunks(steps) + firstColumn % PANEL / V + member;
  x += (size_t)firstRow * xStride;
  y += (size_t)firstRow * yStride;
#if STAGES
  __local float2 moments[TM];
  __local OPERAND* operands = (__local OPERAND*)room;
  const int stride = ROW_WORDS(K);
  if (WEIGHT_TYPE == TYPE_INT8) room += (count * stride + 3) / 4;
  stage(x, gain, shift, operands, room, moments, count, K, xStride, stride, normalizes, epsilon);
#else
  __global const OPERAND* operands = x;
  const int stride = xStride;
#endif
  __local EXACT4 (*partial)[ROUND_ROWS][WIDTH / 4] = (__local EXACT4 (*)[ROUND_ROWS][WIDTH / 4])room;
  SPACE const OPERAND* rows[TM];  // behind the last row, that one again
  UNROLL for (int i = 0; i < TM; i++) rows[i] = operands + (size_t)min(i, count - 1) * stride + HEAD(steps);

  // What this item adds up: one row and column, where there are as many.
  const int row = item / WIDTH, column = item % WIDTH;
  __local const EXACT* from = (__local const EXACT*)&partial[0][row % ROUND_ROWS][0] + column;
  float total = 0.0f;
#if WEIGHT_TYPE == TYPE_INT8
  const int groups = steps / QUADS;
  __global const float* scales =
      (__global const float*)(w - firstColumn % PANEL / V - member) + firstColumn % PANEL + column;
  SPACE const uint* heads = operands + (size_t)min(row, count - 1) * stride;
  for (int firstGroup = 0; firstGroup < groups; firstGroup += PARTS / WAYS) {
    const int g = firstGroup + team / WAYS;
    const int first = g * QUADS + team % WAYS * (QUADS / WAYS), end = g < groups ? first + QUADS / WAYS : first;
#else
    const int first = min(team * PART(steps), steps), end = min(first + PART(steps), steps);
#endif
    EXACT4 sum[TM][V / 4];
    UNROLL for (int i = 0; i < TM; i++) UNROLL for (int v = 0; v < V / 4; v++) sum[i][v] = (EXACT4)(0);
    multiply_steps(rows, w, first, end, sum);
#if STAGES && WEIGHT_TYPE != TYPE_INT8
    barrier(CLK_LOCAL_MEM_FENCE);  // the sums take the operands' place
#endif

    UNROLL for (int handed = 0; handed < TM; handed += ROUND_ROWS) {
      UNROLL for (int i = 0; i < ROUND_ROWS; i++)
        UNROLL for (int v = 0; v < V / 4; v++) partial[team][i][member * (V / 4) + v] = sum[handed + i][v];
      barrier(CLK_LOCAL_MEM_FENCE);
      if (row / ROUND_ROWS * ROUND_ROWS == handed) {
#if WEIGHT_TYPE == TYPE_INT8
        for (int i = 0; i < min(PARTS / WAYS, groups - firstGroup); i++) {
          int exact = (int)heads[2 * (firstGroup + i) + 1];
          UNROLL for (int way = 0; way < WAYS; way++) exact += from[(i * WAYS + way) * ROUND_ROWS * WIDTH];
          const float scale = scales[(size_t)(firstGroup + i) * GROUP_CHUNKS * 4];
          total = fma((float)exact, scale * as_float(heads[2 * (firstGroup + i)]), total);
        }
#else
        for (int part = 0; part < PARTS; part++) total += from[part * ROUND_ROWS * WIDTH];
#endif
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
#if WEIGHT_TYPE == TYPE_INT8
  }
#endif
  if (row < count)
    store(y + (size_t)row * yStride + firstColumn + column, total + bias[firstColumn + column], epilogue);
}
