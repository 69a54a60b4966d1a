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
#ifndef WEIGHT_BITS
#define WEIGHT_BITS 16  // storage of the packed weights: 16 fp16, 32 fp32
#endif
#ifndef ACTIVATION
#define ACTIVATION(v) (v)  // or a function of activation.cl
#endif
#define PANEL 32
#define UNROLL _Pragma("unroll")

#if WEIGHT_BITS == 32
#define WEIGHT float
#define LOAD(w, i) (w)[i]
#else
#define WEIGHT half
#define LOAD(w, i) vload_half(i, w)
#endif

__kernel __attribute__((reqd_work_group_size(PANEL * SPLIT, 1, 1)))
void linear(__global const float* restrict x, __global const WEIGHT* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int K, const int xStride, const int yStride,
            const int epilogue) {
  __local float partial[SPLIT][TM][PANEL];
  const int item = (int)get_local_id(0), column = item % PANEL, part = item / PANEL;
  const size_t row = get_group_id(1) * TM, panel = get_group_id(2);
  x += row * xStride;
  w += panel * PANEL * K;
  y += row * yStride + panel * PANEL;

  const int length = (K + SPLIT - 1) / SPLIT;
  const int end = min(K, (part + 1) * length);
  float sum[TM];
  UNROLL for (int i = 0; i < TM; i++) sum[i] = 0.0f;
  for (int k = part * length; k < end; k++) {
    const float b = LOAD(w, (size_t)k * PANEL + column);
    UNROLL for (int i = 0; i < TM; i++) sum[i] = fma(x[(size_t)i * xStride + k], b, sum[i]);
  }
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
