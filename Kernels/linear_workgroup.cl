// Linear layer for GPU-type devices: a work-group computes TM rows by one panel of 32 columns, the sum over K split in SPLIT parts.
//
//   s = sum_k x[m][k] w[k][n] + bias[n];    epilogue 0: y[m][n] = s    1: y[m][n] = ACTIVATION(s)    2: y[m][n] += s
//
// x, w, bias, y  laid out as in linear_panel.cl
//
// Global size (32*SPLIT, ceil(M/TM), ceil(N/32)), local (32*SPLIT, 1, 1).  Item j of a part owns column j: 32 items read 64
// consecutive bytes of weights.  Parts are cut by K alone and added in order: a row's result does not depend on its company.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef TM
#define TM 4  // rows in a tile
#endif
#ifndef SPLIT
#define SPLIT 4  // parts of K
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
#ifndef ACTIVATION
#define ACTIVATION(v) (v)  // or a function of activation.cl
#endif
#define PANEL 32
#define UNROLL _Pragma("unroll")

#if WEIGHT_TYPE == 32
#define WEIGHT float
#define OPERAND float
#define STEPS(K) (K)
#elif WEIGHT_TYPE == 16
#define WEIGHT half
#define OPERAND float
#define STEPS(K) (K)
#elif WEIGHT_TYPE == 17
#define WEIGHT uint
#define OPERAND uint
#define STEPS(K) (((K) + 1) / 2)
#else
#define WEIGHT uint
#define OPERAND uint
#define STEPS(K) (((K) + GROUP - 1) / GROUP)
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

__kernel __attribute__((reqd_work_group_size(PANEL * SPLIT, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const WEIGHT* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int K, const int xStride, const int yStride,
            const int epilogue) {
  __local float partial[SPLIT][TM][PANEL];
  const int item = (int)get_local_id(0), column = item % PANEL, part = item / PANEL;
  const size_t row = get_group_id(1) * TM, panel = get_group_id(2);
  x += row * xStride;
  y += row * yStride + panel * PANEL;

  // A part is a run of steps: of k, of pairs, or of groups.
  const int steps = STEPS(K), length = (steps + SPLIT - 1) / SPLIT;
  const int end = min(steps, (part + 1) * length);
  float sum[TM];
  UNROLL for (int i = 0; i < TM; i++) sum[i] = 0.0f;
#if WEIGHT_TYPE == 8
  w += (panel * steps + part * length) * (PANEL + GROUP / 4 * PANEL) + column;
  for (int g = part * length; g < end; g++) {
    int exact[TM];
    UNROLL for (int i = 0; i < TM; i++) exact[i] = (int)x[(size_t)i * xStride + 2 * g + 1];
    __global const OPERAND* a = x + 2 * steps + g * (GROUP / 4);
    for (int k = 0; k < GROUP / 4; k++) {
      const uint b = w[PANEL + k * PANEL];
      UNROLL for (int i = 0; i < TM; i++) exact[i] += DOT(a[(size_t)i * xStride + k], b);
    }
    const float scale = as_float(w[0]);
    UNROLL for (int i = 0; i < TM; i++)
      sum[i] = fma((float)exact[i], scale * as_float(x[(size_t)i * xStride + 2 * g]), sum[i]);
    w += PANEL + GROUP / 4 * PANEL;
  }
#else
  w += panel * PANEL * steps;
  for (int k = part * length; k < end; k++) {
#if WEIGHT_TYPE == 17
    const uint b = w[(size_t)k * PANEL + column];
    UNROLL for (int i = 0; i < TM; i++) {
      const uint a = x[(size_t)i * xStride + k];
      sum[i] = fma(as_float(a << 16), as_float(b << 16), sum[i]);
      sum[i] = fma(as_float(a & 0xFFFF0000u), as_float(b & 0xFFFF0000u), sum[i]);
    }
#else
#if WEIGHT_TYPE == 16
    const float b = vload_half((size_t)k * PANEL + column, w);
#else
    const float b = w[(size_t)k * PANEL + column];
#endif
    UNROLL for (int i = 0; i < TM; i++) sum[i] = fma(x[(size_t)i * xStride + k], b, sum[i]);
#endif
  }
#endif
  UNROLL for (int i = 0; i < TM; i++) partial[part][i][column] = sum[i];
  barrier(CLK_LOCAL_MEM_FENCE);

  for (int i = part; i < TM; i += SPLIT) {
    float total = bias[panel * PANEL + column];
    for (int p = 0; p < SPLIT; p++) total += partial[p][i][column];
    __global float* to = y + (size_t)i * yStride + column;
    if (epilogue == 1) total = ACTIVATION(total);
    if (epilogue == 2) total += *to;
    *to = total;
  }
}
