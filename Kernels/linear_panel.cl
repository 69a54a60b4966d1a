// Linear layer for CPU-type devices: TM rows by one panel of 32 columns held in registers.
//
//   s = sum_k x[m][k] w[k][n] + bias[n];    epilogue 0: y[m][n] = s    1: y[m][n] = ACTIVATION(s)    2: y[m][n] += s
//
// x     (M, xStride) fp32: x[m*xStride + k]
// w     (ceil(N/32), K, 32): column n = 32 p + j at w[(p*K + k)*32 + j], zero beyond N                              (pack.cl)
// bias  (ceil(N/32)*32) fp32, zero beyond N
// y     (M, yStride) fp32, yStride a multiple of 32 and at least N
//
// Global size (ceil(M/TM), ceil(N/32)), local (1, 1).  x and y hold ceil(M/TM)*TM rows: the last tile computes rows that nobody reads.
// Neighbouring work-groups share a panel, which then stays in the L2 cache while the rows stream by.
// Every sum runs over k in order in one accumulator, whatever TM is: a row's result does not depend on its company.
// Idea: BLIS-style register tiles; shared weights stream once for any M.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef TM
#define TM 4  // rows in a tile: 2*TM accumulators of 16 floats, so at most 12 on 32 vector registers
#endif
#ifndef WEIGHT_BITS
#define WEIGHT_BITS 16  // storage of the packed weights: 16 fp16, 32 fp32
#endif
#ifndef ACTIVATION
#define ACTIVATION(v) (v)  // or a function of activation.cl
#endif
#ifndef AHEAD
#define AHEAD 64  // steps of k by which weights are fetched ahead, 64 bytes each: a page, which the hardware stops at
#endif
#define PANEL 32
#define UNROLL _Pragma("unroll")

#if WEIGHT_BITS == 32
#define WEIGHT float
#define LOAD16(w) vload16(0, w)
#else
#define WEIGHT half
#define LOAD16(w) vload_half16(0, w)
#endif

#if defined(__x86_64__) || defined(__aarch64__)  // compiled for the host's own processor, as PoCL does
#define PREFETCH(p) __builtin_prefetch((const void*)(size_t)(p))
#else
#define PREFETCH(p)
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void linear(__global const float* restrict x, __global const WEIGHT* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int K, const int xStride, const int yStride,
            const int epilogue) {
  const size_t row = get_global_id(0) * TM, panel = get_global_id(1);
  x += row * xStride;
  w += panel * PANEL * K;
  y += row * yStride + panel * PANEL;

  float16 sum[TM][2];
  UNROLL for (int i = 0; i < TM; i++) sum[i][0] = sum[i][1] = 0.0f;
  for (int k = 0; k < K; k++) {
    PREFETCH(w + (size_t)(k + AHEAD) * PANEL);
    const float16 w0 = LOAD16(w + (size_t)k * PANEL), w1 = LOAD16(w + (size_t)k * PANEL + 16);
    UNROLL for (int i = 0; i < TM; i++) {
      const float16 a = x[(size_t)i * xStride + k];
      sum[i][0] = fma(a, w0, sum[i][0]);
      sum[i][1] = fma(a, w1, sum[i][1]);
    }
  }

  UNROLL for (int j = 0; j < 2; j++) {
    const float16 b = vload16(0, bias + panel * PANEL + 16 * j);
    UNROLL for (int i = 0; i < TM; i++) {
      __global float* to = y + (size_t)i * yStride + 16 * j;
      float16 s = sum[i][j] + b;
      if (epilogue == 1) s = ACTIVATION(s);
      if (epilogue == 2) s += vload16(0, to);
      vstore16(s, 0, to);
    }
  }
}
