// Linear layer for GPU-type devices: one kernel for few rows, bound by the weights it streams, one for many, in tiles.
//
//   s = sum_k x[m][k] w[k][n] + bias[n];    epilogue 0: y[m][n] = s    1: y[m][n] = ACTIVATION(s)    2: y[m][n] += s
//
// x, w, bias, y  laid out as in linear_panel.cl; no row from M on is read or written
//
// A step is what a 32-bit word of x holds: one k, for bf16 a pair of them, for int8 a quad.
//
// TM <= 8: global size (LOCAL, ceil(M/TM), ceil(N/32) * 32/WIDTH), local (LOCAL, 1, 1), LOCAL = PARTS * WIDTH/V.
//   A team of WIDTH/V work-items takes a part of the steps, each of them V columns, 16 bytes of weights, at a time.
// TM > 8, a multiple of 8: global size (128, ceil(M/TM), ceil(N/64)), local (128, 1, 1): TM rows by 64 columns.
//   A work-item sums TM/8 rows by 4 columns out of local memory; the next tile is on its way meanwhile.
//
// Both take a sum in the same order, which depends on K alone: parts of a fixed length, each in the order of k, are added in
// their order; int8 adds its groups in their order, whose own sums are exact. So a row's result depends neither on its
// company nor on TM and WIDTH.
// Local memory: at most 16 KiB for few rows, 4 KiB + 64 (TM + 2) bytes for many.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef TM
#define TM 4  // rows in a tile
#endif
#ifndef WIDTH
#define WIDTH 32  // columns of a work-group for few rows: 32, 16, 8; less makes more groups
#endif
#ifndef WEIGHT_TYPE
#define WEIGHT_TYPE 16  // storage of the packed weights: 32 fp32, 16 fp16, 17 bf16, 8 int8
#endif
#ifndef GROUP
#define GROUP 128  // weights of a column that share a scale, int8 only
#endif
#ifndef DOT_UNIT
#define DOT_UNIT 0  // what multiplies int8: 0 portable, 2 cl_khr_integer_dot_product
#endif
#ifndef FLIGHT
#define FLIGHT (TM > 4 ? 4 : 8)  // 16-byte loads of a work-item under way, for few rows: divides GROUP/4/WAYS
#endif
#ifndef ACTIVATION
#define ACTIVATION(v) (v)  // or a function of activation.cl
#endif
#define PANEL 32
#define UNROLL _Pragma("unroll")

#if WEIGHT_TYPE == 16
#define V 8  // columns in 16 bytes of weights
#else
#define V 4
#endif
#define PARTS (8 * V)         // parts of K, and teams of a work-group
#define CHUNKS (PANEL / V)    // 16 bytes each, of a panel's step
#define TK 16                 // steps of a tile; parts are a multiple of it
#define QUADS (GROUP / 4)     // steps of a group
#define GROUP_CHUNKS (PANEL / 4 + QUADS * CHUNKS)  // of a panel: the scales, then the steps

#if WEIGHT_TYPE == 32 || WEIGHT_TYPE == 16
#define OPERAND float
#define STEPS(K) (K)
#elif WEIGHT_TYPE == 17
#define OPERAND uint
#define STEPS(K) (((K) + 1) / 2)
#else
#define OPERAND uint
#define STEPS(K) (((K) + GROUP - 1) / GROUP * QUADS)
#if DOT_UNIT == 2
#define DOT(a, b) dot_4x8packed_us_int(b, a)
#else
#define SIGNED(a, i) ((int)((a) << (24 - 8 * (i))) >> 24)
#define UNSIGNED(b, i) ((int)((b) >> (8 * (i)) & 0xFFu))
#define DOT(a, b)                                                                                   \
  (SIGNED(a, 0) * UNSIGNED(b, 0) + SIGNED(a, 1) * UNSIGNED(b, 1) + SIGNED(a, 2) * UNSIGNED(b, 2) +  \
   SIGNED(a, 3) * UNSIGNED(b, 3))
#endif
#endif

// What a sum of products is held in, before it is added to the row's sum: one of a part, or of a group.
#if WEIGHT_TYPE == 8
#define EXACT int
#define EXACT4 int4
#define MULTIPLY(sum, a, b) sum += (int4)(DOT(a, (b).x), DOT(a, (b).y), DOT(a, (b).z), DOT(a, (b).w))
#define PART(steps) QUADS
#else
#define EXACT float
#define EXACT4 float4
#define PART(steps) (((steps) + PARTS * TK - 1) / (PARTS * TK) * TK)  // its length in steps
#if WEIGHT_TYPE == 17
#define MULTIPLY(sum, a, b)                                                     \
  do {                                                                          \
    sum = fma((float4)(as_float((a) << 16)), as_float4((b) << 16), sum);        \
    sum = fma((float4)(as_float((a) & 0xFFFF0000u)), as_float4((b) & 0xFFFF0000u), sum); \
  } while (0)
#else
#define MULTIPLY(sum, a, b) sum = fma((float4)(a), as_float4(b), sum)
#endif
#endif

/// V columns of a step as words for MULTIPLY, four a vector.
inline void unpack(uint4 chunk, uint4* words) {
#if WEIGHT_TYPE == 16
  const float8 columns = vload_half8(0, (const half*)&chunk);
  words[0] = as_uint4(columns.lo);
  words[1] = as_uint4(columns.hi);
#else
  words[0] = chunk;
#endif
}

/// The first chunk of a step.
inline __global const uint4* step_chunks(__global const uint4* panel, int step) {
#if WEIGHT_TYPE == 8
  return panel + (size_t)(step / QUADS) * GROUP_CHUNKS + PANEL / 4 + step % QUADS * CHUNKS;
#else
  return panel + (size_t)step * CHUNKS;
#endif
}

/// The chunks of a panel.
inline size_t panel_chunks(int steps) {
#if WEIGHT_TYPE == 8
  return (size_t)(steps / QUADS) * GROUP_CHUNKS;
#else
  return (size_t)steps * CHUNKS;
#endif
}

/// The first of a row's steps, behind the scales and offsets of its groups.
inline __global const OPERAND* row_steps(__global const OPERAND* x, int steps) {
#if WEIGHT_TYPE == 8
  return x + 2 * (steps / QUADS);
#else
  return x;
#endif
}

inline void store(__global float* y, float sum, int epilogue) {
  if (epilogue == 1) sum = ACTIVATION(sum);
  if (epilogue == 2) sum += *y;
  *y = sum;
}

#if TM <= 8
#define TEAM (WIDTH / V)
#define LOCAL (PARTS * TEAM)
#define WAYS 4  // teams that share a group, int8
#define ROUND_ROWS (TM < 16 / V ? TM : 16 / V)  // rows that are handed over at a time, 8 KiB each for V = 8, else 4

/// The sums of V columns by TM rows over steps from `step` to `end`, in their order.
inline void multiply_steps(__global const OPERAND* const* rows, __global const uint4* w, int step, int end,
                           EXACT4 sum[TM][V / 4]) {
  for (; step + FLIGHT <= end; step += FLIGHT) {
    uint4 chunks[FLIGHT];
    __global const uint4* from = step_chunks(w, step);
    UNROLL for (int j = 0; j < FLIGHT; j++) chunks[j] = from[j * CHUNKS];
    UNROLL for (int j = 0; j < FLIGHT; j++) {
      uint4 words[V / 4];
      unpack(chunks[j], words);
      UNROLL for (int i = 0; i < TM; i++) {
        const OPERAND a = rows[i][step + j];
        UNROLL for (int v = 0; v < V / 4; v++) MULTIPLY(sum[i][v], a, words[v]);
      }
    }
  }
  for (; step < end; step++) {
    uint4 words[V / 4];
    unpack(*step_chunks(w, step), words);
    UNROLL for (int i = 0; i < TM; i++) {
      const OPERAND a = rows[i][step];
      UNROLL for (int v = 0; v < V / 4; v++) MULTIPLY(sum[i][v], a, words[v]);
    }
  }
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int M, const int K, const int panels, const int xStride,
            const int yStride, const int epilogue) {
  __local EXACT4 partial[PARTS][ROUND_ROWS][WIDTH / 4];
  const int item = (int)get_local_id(0), team = item / TEAM, member = item % TEAM;
  const int firstRow = (int)get_group_id(1) * TM, firstColumn = (int)get_group_id(2) * WIDTH;
  const int steps = STEPS(K);
  w += firstColumn / PANEL * panel_chunks(steps) + firstColumn % PANEL / V + member;
  __global const OPERAND* rows[TM];  // behind the last row, that one again
  UNROLL for (int i = 0; i < TM; i++) rows[i] = row_steps(x + (size_t)min(firstRow + i, M - 1) * xStride, steps);

  // What this item adds up: one row and column, where there are as many.
  const int row = item / WIDTH, column = item % WIDTH;
  __local const EXACT* from = (__local const EXACT*)&partial[0][row % ROUND_ROWS][0] + column;
  float total = 0.0f;
#if WEIGHT_TYPE == 8
  const int groups = steps / QUADS;
  __global const float* scales = (__global const float*)(w - firstColumn % PANEL / V - member) + firstColumn % PANEL + column;
  __global const uint* operand = x + (size_t)min(firstRow + min(row, TM - 1), M - 1) * xStride;
  for (int firstGroup = 0; firstGroup < groups; firstGroup += PARTS / WAYS) {
    const int g = firstGroup + team / WAYS;
    const int first = g * QUADS + team % WAYS * (QUADS / WAYS), end = g < groups ? first + QUADS / WAYS : first;
#else
    const int first = min(team * PART(steps), steps), end = min(first + PART(steps), steps);
#endif
    EXACT4 sum[TM][V / 4];
    UNROLL for (int i = 0; i < TM; i++) UNROLL for (int v = 0; v < V / 4; v++) sum[i][v] = (EXACT4)(0);
    multiply_steps(rows, w, first, end, sum);

    UNROLL for (int handed = 0; handed < TM; handed += ROUND_ROWS) {
      UNROLL for (int i = 0; i < ROUND_ROWS; i++)
        UNROLL for (int v = 0; v < V / 4; v++) partial[team][i][member * (V / 4) + v] = sum[handed + i][v];
      barrier(CLK_LOCAL_MEM_FENCE);
      if (row / ROUND_ROWS * ROUND_ROWS == handed) {
#if WEIGHT_TYPE == 8
        for (int i = 0; i < min(PARTS / WAYS, groups - firstGroup); i++) {
          int exact = (int)operand[2 * (firstGroup + i) + 1];
          UNROLL for (int way = 0; way < WAYS; way++) exact += from[(i * WAYS + way) * ROUND_ROWS * WIDTH];
          const float scale = scales[(size_t)(firstGroup + i) * GROUP_CHUNKS * 4];
          total = fma((float)exact, scale * as_float(operand[2 * (firstGroup + i)]), total);
        }
#else
        for (int part = 0; part < PARTS; part++) total += from[part * ROUND_ROWS * WIDTH];
#endif
      }
      barrier(CLK_LOCAL_MEM_FENCE);
    }
#if WEIGHT_TYPE == 8
  }
#endif
  if (row < TM && firstRow + row < M)
    store(y + (size_t)(firstRow + row) * yStride + firstColumn + column, total + bias[firstColumn + column], epilogue);
}

#else
#define LOCAL 128
#define TN 64            // columns of a tile, two panels
#define ACROSS (TN / 4)  // work-items side by side
#define RM (TM * ACROSS / LOCAL)       // rows of a work-item
#define XS_FETCHES (TM * TK / LOCAL)   // words of x that a work-item fetches for a tile
#define WS_FETCHES (TK * TN / V / LOCAL)  // and 16 bytes of weights

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int M, const int K, const int panels, const int xStride,
            const int yStride, const int epilogue) {
  __local OPERAND xs[TK][TM + 2];  // the two keep 16 steps of two rows in different banks
  __local uint4 ws[TK][TN / 4];
  const int item = (int)get_local_id(0), firstRow = (int)get_group_id(1) * TM, steps = STEPS(K), part = PART(steps);
  const int ownRows = item / ACROSS * RM, ownColumns = item % ACROSS;
  // Behind the last panel, that one again.
  const int firstPanel = (int)get_group_id(2) * (TN / PANEL), ownPanel = firstPanel + ownColumns * 4 / PANEL;
  const int column = min(ownPanel, panels - 1) * PANEL + ownColumns * 4 % PANEL;
  float4 total[RM];
  EXACT4 sum[RM];
  UNROLL for (int i = 0; i < RM; i++) {
    total[i] = (float4)(0.0f);
    sum[i] = (EXACT4)(0);
  }

  OPERAND xsNext[XS_FETCHES];
  uint4 wsNext[WS_FETCHES];
#define FETCH(first)                                                                                              \
  UNROLL for (int j = 0; j < XS_FETCHES; j++) {                                                                   \
    const int row = firstRow + item / TK + j * (LOCAL / TK), step = (first) + item % TK;                          \
    xsNext[j] = row < M && step < steps ? row_steps(x + (size_t)row * xStride, steps)[step] : 0;                  \
  }                                                                                                               \
  UNROLL for (int j = 0; j < WS_FETCHES; j++) {                                                                   \
    const int chunk = (item + j * LOCAL) % (TN / V), step = (first) + (item + j * LOCAL) / (TN / V);              \
    const int panel = min(firstPanel + chunk / CHUNKS, panels - 1);                                               \
    wsNext[j] = (uint4)(0);                                                                                       \
    if (step < steps) wsNext[j] = step_chunks(w + panel * panel_chunks(steps), step)[chunk % CHUNKS];             \
  }
  FETCH(0)
  for (int first = 0; first < steps; first += TK) {
    UNROLL for (int j = 0; j < XS_FETCHES; j++) xs[item % TK][item / TK + j * (LOCAL / TK)] = xsNext[j];
    UNROLL for (int j = 0; j < WS_FETCHES; j++) {
      const int chunk = item + j * LOCAL;
      uint4 words[V / 4];
      unpack(wsNext[j], words);
      UNROLL for (int v = 0; v < V / 4; v++) ws[chunk / (TN / V)][chunk % (TN / V) * (V / 4) + v] = words[v];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    FETCH(first + TK)  // nothing, behind the end
    UNROLL for (int k = 0; k < TK; k++) {
      const uint4 b = ws[k][ownColumns];
      UNROLL for (int i = 0; i < RM; i++) MULTIPLY(sum[i], xs[k][ownRows + i], b);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if ((first + TK) % part == 0 || first + TK >= steps) {
#if WEIGHT_TYPE == 8
      const int g = first / QUADS;
      const float4 scale = as_float4(w[column / PANEL * panel_chunks(steps) + (size_t)g * GROUP_CHUNKS + column % PANEL / 4]);
#endif
      UNROLL for (int i = 0; i < RM; i++) {
#if WEIGHT_TYPE == 8
        __global const uint* group = x + (size_t)min(firstRow + ownRows + i, M - 1) * xStride + 2 * g;
        total[i] = fma(convert_float4(sum[i] + (int4)((int)group[1])), scale * (float4)(as_float(group[0])), total[i]);
#else
        total[i] += sum[i];
#endif
        sum[i] = (EXACT4)(0);
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
#endif
