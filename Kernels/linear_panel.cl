// Linear layer for CPU-type devices: TM rows by one panel of 32 columns held in registers.
//
//   s = sum_k x[m][k] w[k][n] + bias[n];    epilogue 0: y[m][n] = s    1: y[m][n] = ACTIVATION(s)    2: y[m][n] += s
//
// x     (M, xStride): fp32, x[m*xStride + k]; for bf16 and int8 weights the operands that quantize_panel.cl makes of it
// w     a stream a panel, column n = 32 p + j, zero beyond N                                                  (pack.cl)
//         fp32, fp16  (ceil(N/32), K, 32)
//         bf16        (ceil(N/32), ceil(K/2), 32) pairs in k, the even one in the low half
//         int8        (ceil(N/32), ceil(K/GROUP)) groups: 32 fp32 scales, then (GROUP/4, 32) quads in k of unsigned bytes, w/scale + 128
// bias  (ceil(N/32)*32) fp32, zero beyond N
// y     (M, yStride) fp32, yStride at least N rounded up to 32
//
// linear:          global size (ceil(M/TM), ceil(N/32)), local (1, 1).
// linear_operand:  global size (ceil(M/TM), N/GROUP), local (1, 1): leaves what quantize_panel.cl would make of ACTIVATION(s), N a
//                  multiple of GROUP, in operand (M, stride).  For bf16 and int8 weights.
// x, y and operand hold ceil(M/TM)*TM rows: the last tile computes rows that nobody reads.
// Neighbouring work-groups share a panel, which then stays in the L2 cache while the rows stream by.
// Every sum runs over k in order in one accumulator, whatever TM is: a row's result does not depend on its company.
// int8: sum_k (w + 128) x of a group is exact in 32 bits; x's part of it, 128 sum_k x, comes with the operand, negated.
// Idea: BLIS-style register tiles; shared weights stream once for any M.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef TM
#define TM 4  // rows in a tile: 2*TM accumulators of 16 (twice as many for int8), so at most 12 (6) on 32 vector registers
#endif
#ifndef WEIGHT_TYPE
#define WEIGHT_TYPE 16  // storage of the packed weights: 32 fp32, 16 fp16, 17 bf16, 8 int8
#endif
#ifndef GROUP
#define GROUP 128  // values of k that share a scale in int8, and that an operand rounds together
#endif
#ifndef DOT_UNIT
#define DOT_UNIT 0  // what multiplies bf16 and int8: 0 portable, 1 vdpbf16ps or vpdpbusd, 2 cl_khr_integer_dot_product
#endif
#ifndef ACTIVATION
#define ACTIVATION(v) (v)  // or a function of activation.cl
#endif
#define PANEL 32
#define ROUNDS (WEIGHT_TYPE == 17 || WEIGHT_TYPE == 8)  // behind quantize_panel.cl
#define PANELS (GROUP / PANEL)
#define UNROLL _Pragma("unroll")

#if DOT_UNIT == 1 && !defined(__x86_64__)
#error "kernels are not compiled for this processor's own instructions here"
#endif

#if defined(__x86_64__) || defined(__aarch64__)  // compiled for the host's own processor, as PoCL does
#define FETCH(p) __builtin_prefetch((const void*)(size_t)(p), 0, 2)  // into the L2 cache
#else
#define FETCH(p)
#endif

#if WEIGHT_TYPE == 32
#define WEIGHT float
#define LOADED float16
#define OPERAND float
#define LOAD16(w) vload16(0, w)
#define STEPS(K) (K)
#define DOT(sum, a, b) sum = fma((float16)(a), b, sum)

#elif WEIGHT_TYPE == 16
#define WEIGHT half
#define LOADED float16
#define OPERAND float
#define LOAD16(w) vload_half16(0, w)
#define STEPS(K) (K)
#define DOT(sum, a, b) sum = fma((float16)(a), b, sum)

#elif WEIGHT_TYPE == 17
#define WEIGHT uint
#define LOADED uint16
#define OPERAND uint
#define LOAD16(w) vload16(0, w)
#define STEPS(K) (((K) + 1) / 2)
#if DOT_UNIT == 1
#define DOT(sum, a, b) __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(b), "v"((uint16)(a)))
#else
#define DOT(sum, a, b)                                                                  \
  sum = fma((float16)as_float((a) << 16), as_float16((b) << 16), sum);                  \
  sum = fma((float16)as_float((a) & 0xFFFF0000u), as_float16((b) & 0xFFFF0000u), sum)
#endif

#else
#define WEIGHT uint
#define OPERAND uint
#define LOAD16(w) vload16(0, w)
#if DOT_UNIT == 1
#define DOT(sum, a, b) __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(b), "v"((uint16)(a)))
#elif DOT_UNIT == 2
#define LANE(a, b) dot_4x8packed_us_int(b, a)
#define DOT(sum, a, b)                                                                                               \
  sum += (int16)(LANE(a, b.s0), LANE(a, b.s1), LANE(a, b.s2), LANE(a, b.s3), LANE(a, b.s4), LANE(a, b.s5),           \
                 LANE(a, b.s6), LANE(a, b.s7), LANE(a, b.s8), LANE(a, b.s9), LANE(a, b.sa), LANE(a, b.sb),           \
                 LANE(a, b.sc), LANE(a, b.sd), LANE(a, b.se), LANE(a, b.sf))
#else
#define BYTE(a, i) ((int)((a) << (24 - 8 * (i))) >> 24)
#define DOT(sum, a, b)                                                                                          \
  sum += as_int16(b & 0xFFu) * BYTE(a, 0) + as_int16(b >> 8 & 0xFFu) * BYTE(a, 1) +                             \
         as_int16(b >> 16 & 0xFFu) * BYTE(a, 2) + as_int16(b >> 24) * BYTE(a, 3)
#endif
#endif

#define INLINE inline __attribute__((always_inline))  // a call would leave the sums in memory

/// The sums of TM rows with one panel. `tile` of `tiles` that share it; `ahead`: panels that those beside this one take in the
/// meantime.
INLINE void multiply(__global const OPERAND* x, __global const WEIGHT* w, const int K, const int xStride, const int tile,
                     const int tiles, const int ahead, float16 sum[TM][2]) {
  UNROLL for (int i = 0; i < TM; i++) sum[i][0] = sum[i][1] = 0.0f;

#if WEIGHT_TYPE == 8
  const int groups = (K + GROUP - 1) / GROUP, words = PANEL + GROUP / 4 * PANEL;  // of a group
  // While the tiles of a panel share it, each fetches a part of every group of the panel that comes next.
  const int part = tiles > 1 ? (words / 16 + tiles - 1) / tiles : 0;
  __global const uint* next = w + (size_t)ahead * groups * words + tile * part * 16;
  for (int g = 0; g < groups; g++) {
    __global const uint* scales = w;
    __global const uint* a = x + 2 * groups + g * (GROUP / 4);
    w += PANEL;
    for (int i = 0; i < part; i++) FETCH(next + 16 * i);
    next += words;
    int16 exact[TM][2];
    UNROLL for (int i = 0; i < TM; i++) exact[i][0] = exact[i][1] = (int)x[(size_t)i * xStride + 2 * g + 1];
    for (int k = 0; k < GROUP / 4; k++) {
      const uint16 w0 = LOAD16(w), w1 = LOAD16(w + 16);
      w += PANEL;
      UNROLL for (int i = 0; i < TM; i++) {
        const uint quad = a[(size_t)i * xStride + k];
        DOT(exact[i][0], quad, w0);
        DOT(exact[i][1], quad, w1);
      }
    }
    const float16 s0 = as_float16(LOAD16(scales)), s1 = as_float16(LOAD16(scales + 16));
    UNROLL for (int i = 0; i < TM; i++) {
      const float scale = as_float(x[(size_t)i * xStride + 2 * g]);
      sum[i][0] = fma(convert_float16(exact[i][0]), s0 * scale, sum[i][0]);
      sum[i][1] = fma(convert_float16(exact[i][1]), s1 * scale, sum[i][1]);
    }
  }
#else
  const int steps = STEPS(K), lines = PANEL * sizeof(WEIGHT) / 64;  // of a step
  // Where a line is multiplied for more than 8 cycles, or by several tiles, the processor's own fetching falls behind. Where it
  // is not, fetching here is in that one's way.
  const int distance = 2 * TM / lines > 8 || tiles > 1 ? 16384 / sizeof(WEIGHT) : 0;
  for (int k = 0; k < steps; k++) {
    const LOADED w0 = LOAD16(w + (size_t)k * PANEL), w1 = LOAD16(w + (size_t)k * PANEL + 16);
    UNROLL for (int i = 0; i < lines; i++) FETCH(w + (size_t)k * PANEL + distance + i * (PANEL / lines));
    UNROLL for (int i = 0; i < TM; i++) {
      const OPERAND a = x[(size_t)i * xStride + k];
      DOT(sum[i][0], a, w0);
      DOT(sum[i][1], a, w1);
    }
  }
#endif
}

/// Where a panel starts in w.
inline size_t panelStart(size_t panel, const int K) {
#if WEIGHT_TYPE == 8
  return panel * ((K + GROUP - 1) / GROUP) * (PANEL + GROUP / 4 * PANEL);
#else
  return panel * PANEL * STEPS(K);
#endif
}

/// A tile of rows by a panel.
INLINE void linear_tile(__global const OPERAND* x, __global const WEIGHT* w, __global const float* bias, __global float* y,
                        const int K, const int xStride, const int yStride, const int epilogue, const int tile,
                        const int tiles, const int panel) {
  const size_t row = (size_t)tile * TM;
  y += row * yStride + panel * PANEL;
  float16 sum[TM][2];
  multiply(x + row * xStride, w + panelStart(panel, K), K, xStride, tile, tiles, 1, sum);
  UNROLL for (int j = 0; j < 2; j++) {
    const float16 b = vload16(2 * panel + j, bias);
    UNROLL for (int i = 0; i < TM; i++) {
      __global float* to = y + (size_t)i * yStride + 16 * j;
      float16 s = sum[i][j] + b;
      if (epilogue == 1) s = ACTIVATION(s);
      if (epilogue == 2) s += vload16(0, to);
      vstore16(s, 0, to);
    }
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const WEIGHT* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int K, const int xStride, const int yStride, const int epilogue) {
  linear_tile(x, w, bias, y, K, xStride, yStride, epilogue, (int)get_global_id(0), (int)get_global_size(0),
              (int)get_global_id(1));
}

#if ROUNDS
/// A tile of rows by GROUP columns, as operands.
INLINE void linear_operand_tile(__global const OPERAND* x, __global const WEIGHT* w, __global const float* bias,
                                __global uint* operand, const int K, const int xStride, const int stride, const int tile,
                                const int tiles, const int group, const int groups) {
  const size_t row = (size_t)tile * TM;
  float16 values[TM][2 * PANELS];
  for (int p = 0; p < PANELS; p++) {
    const size_t panel = (size_t)group * PANELS + p;
    float16 sum[TM][2];
    multiply(x + row * xStride, w + panelStart(panel, K), K, xStride, tile, tiles, PANELS, sum);
    UNROLL for (int j = 0; j < 2; j++) {
      const float16 b = vload16(2 * panel + j, bias);
      UNROLL for (int i = 0; i < TM; i++) values[i][2 * p + j] = ACTIVATION(sum[i][j] + b);
    }
  }
  for (int i = 0; i < TM; i++) quantize_group(values[i], operand + (row + i) * stride, group, groups);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void linear_operand(__global const OPERAND* restrict x, __global const WEIGHT* restrict w,
                    __global const float* restrict bias, __global uint* restrict operand, const int K,
                    const int xStride, const int stride) {
  linear_operand_tile(x, w, bias, operand, K, xStride, stride, (int)get_global_id(0), (int)get_global_size(0),
                      (int)get_global_id(1), (int)get_global_size(1));
}
#endif
