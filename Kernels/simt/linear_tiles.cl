// Linear layer of many rows for GPU-type devices, in tiles: formulas and layouts in linear.h.
//
//                              ws: TK steps by 64 columns, two panels, in local memory
//                              | 4 | 4 | 4 | 4 |   ...   | 4 |      columns of ACROSS = 16 work-items
//     xs: TK steps             +---+---+---+---+---------+---+
//     by TM rows, in    RM     |   |   | sum[RM] of 4 columns, in a work-item's registers
//     local memory      RM     |   |   |   |   |         |   |
//                       ...    |   |   |   |   |         |   |      8 runs of RM = TM/8 rows
//                              +---+---+---+---+---------+---+
//
// Global size (128, ceil(M/TM), ceil(N/64)), local (128, 1, 1): TM rows by 64 columns.
// A work-item sums TM/8 rows by 4 columns out of local memory; the next tile is on its way meanwhile.
// Local memory: TK (256 + 4 (TM + 2)) bytes.

#include "simt/linear.h"

#ifndef TM
#define TM 16  // rows in a tile, a multiple of 8
#endif
#define LOCAL 128
#define TK (TM > 16 ? 16 : 32)  // steps of a tile: work-groups of few rows may be alone on their unit
#define TN 64            // columns of a tile, two panels
#define ACROSS (TN / 4)  // work-items side by side
#define RM (TM * ACROSS / LOCAL)       // rows of a work-item
#define XS_FETCHES (TM * TK / LOCAL)   // words of x that a work-item fetches for a tile
#define WS_FETCHES (TK / CHUNK_STEPS * TN / V / LOCAL)  // and 16 bytes of weights
#if WEIGHT_TYPE == TYPE_INT4 && TM > 32
#define RUNS ROLLED  // beside three sums of each row there is room for operands of one run
#else
#define RUNS UNROLL
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int M, const int K, const int panels, const int xStride,
            const int yStride, const int epilogue) {
  __local OPERAND xs[TK][TM + 2];  // the two keep 16 steps of two rows in different banks
  __local uint4 ws[TK][TN / 4];
  const int item = (int)get_local_id(0), firstRow = (int)get_group_id(1) * TM, steps = STEPS(K);
  const int part = part_steps(steps);
  const int ownRows = item / ACROSS * RM, ownColumns = item % ACROSS;
  // Behind the last panel, that one again.
  const int firstPanel = (int)get_group_id(2) * (TN / PANEL), ownPanel = firstPanel + ownColumns * 4 / PANEL;
  const int column = min(ownPanel, panels - 1) * PANEL + ownColumns * 4 % PANEL;
#if INTEGERS
  const size_t ownStart = column / PANEL * panel_chunks(steps);
#endif
  float4 total[RM];
  EXACT4 sliceSum[RM], sum[RM];  // of the slice and of the part, both of the group in int8, of group and span in int4
  UNROLL for (int i = 0; i < RM; i++) {
    total[i] = (float4)(0.0f);
    sliceSum[i] = sum[i] = (EXACT4)(0);
  }

  OPERAND xsNext[XS_FETCHES];
  uint4 wsNext[WS_FETCHES];
#define LOAD_TILE(first)                                                                                        \
  UNROLL for (int j = 0; j < XS_FETCHES; j++) {                                                                 \
    const int row = firstRow + item / TK + j * (LOCAL / TK), step = (first) + item % TK;                        \
    xsNext[j] = row < M && step < steps ? x[(size_t)row * xStride + HEAD(steps) + step] : 0;                    \
  }                                                                                                             \
  UNROLL for (int j = 0; j < WS_FETCHES; j++) {                                                                 \
    const int chunk = (item + j * LOCAL) % (TN / V);                                                            \
    const int step = (first) + (item + j * LOCAL) / (TN / V) * CHUNK_STEPS;                                     \
    const int panel = min(firstPanel + chunk / CHUNKS, panels - 1);                                             \
    wsNext[j] = (uint4)(0);                                                                                     \
    if (step < steps) wsNext[j] = step_chunks(w + panel * panel_chunks(steps), step)[chunk % CHUNKS];           \
  }
  LOAD_TILE(0)
  for (int first = 0; first < steps; first += TK) {
    UNROLL for (int j = 0; j < XS_FETCHES; j++) xs[item % TK][item / TK + j * (LOCAL / TK)] = xsNext[j];
    UNROLL for (int j = 0; j < WS_FETCHES; j++) {
      const int chunk = item + j * LOCAL;
      uint4 words[V / 4];
      UNROLL for (int s = 0; s < CHUNK_STEPS; s++) {
        unpack(wsNext[j], s, words);
        UNROLL for (int v = 0; v < V / 4; v++)
          ws[chunk / (TN / V) * CHUNK_STEPS + s][chunk % (TN / V) * (V / 4) + v] = words[v];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    LOAD_TILE(first + TK)  // nothing, behind the end
    RUNS for (int run = 0; run < TK; run += LEAST_PART) {
      UNROLL for (int k = run; k < run + LEAST_PART; k++) {
        const uint4 b = ws[k][ownColumns];
        UNROLL for (int i = 0; i < RM; i++) MULTIPLY(sum[i], xs[k][ownRows + i], b);
      }
#if WEIGHT_TYPE == TYPE_INT4
      const int span = (first + run) / LEAST_PART;
      const uint4 multipliers =
          w[ownStart + (size_t)(span / SPANS) * GROUP_CHUNKS + (PANEL + column % PANEL) / 4];
      UNROLL for (int i = 0; i < RM; i++) {
        __global const uint* offsets = x + (size_t)min(firstRow + ownRows + i, M - 1) * xStride;
        const int offset = (int)offsets[SPAN_OFFSETS(steps / QUADS) + span];
        sliceSum[i] += multiples(sum[i], offset, multipliers, span % SPANS);
        sum[i] = (EXACT4)(0);
      }
#elif WEIGHT_TYPE != TYPE_INT8
      const int end = first + run + LEAST_PART;
      if (end % part == 0 || end >= steps)
        UNROLL for (int i = 0; i < RM; i++) {
          sliceSum[i] += sum[i];
          sum[i] = (EXACT4)(0);
        }
#endif
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if ((first + TK) % (SLICE_PARTS * part) == 0 || first + TK >= steps) {
#if INTEGERS
      const int g = first / QUADS;
      const float4 scale = as_float4(w[ownStart + (size_t)g * GROUP_CHUNKS + column % PANEL / 4]);
#endif
      UNROLL for (int i = 0; i < RM; i++) {
#if WEIGHT_TYPE == TYPE_INT8
        __global const uint* group = x + (size_t)min(firstRow + ownRows + i, M - 1) * xStride + 2 * g;
        total[i] += convert_float4(sum[i] + (int4)((int)group[1])) * (scale * (float4)(as_float(group[0])));
        sum[i] = (EXACT4)(0);
#elif WEIGHT_TYPE == TYPE_INT4
        const float own = as_float(x[(size_t)min(firstRow + ownRows + i, M - 1) * xStride + 2 * g]);
        total[i] += convert_float4(sliceSum[i]) * (scale * (float4)(own));
        sliceSum[i] = (EXACT4)(0);
#else
        total[i] += sliceSum[i];
        sliceSum[i] = (float4)(0.0f);
#endif
      }
    }
  }

  const float4 add = vload4(0, bias + column);
  UNROLL for (int i = 0; i < RM; i++)
    if (ownPanel < panels && firstRow + ownRows + i < M) {
      const float4 own = total[i] + add;
      __global float* to = y + (size_t)(firstRow + ownRows + i) * yStride + column;
      store(to, own.x, epilogue);
      store(to + 1, own.y, epilogue);
      store(to + 2, own.z, epilogue);
      store(to + 3, own.w, epilogue);
    }
}
