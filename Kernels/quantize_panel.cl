// Operands of products with bf16 or int8 weights, for CPU-type devices: rows of activations, rounded.
//
//   bf16: pairs in k, the even one in the low half, to nearest even
//   int8: x is scale * q, q a signed byte, in groups of GROUP values of k: scale = max |x| / 127 of the group
//
// x        (M, xStride) fp32
// operand  (M, stride) uint
//            bf16  stride at least ceil(K/2)
//            int8  ceil(K/GROUP) pairs {scale as fp32, -128 * sum of the group's q}, then ceil(K/GROUP) * GROUP/4 quads in k
//
// Values beyond K count as zero.  A NaN or an infinity becomes its group's scale, so that it shows in every sum.
// Global size (M), local (1).  layer_norm_panel.cl calls quantize_row too.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef WEIGHT_TYPE
#define WEIGHT_TYPE 17  // of the weights: 17 bf16, 8 int8
#endif
#ifndef GROUP
#define GROUP 128  // values of k that share a scale, a multiple of 16
#endif

#define UNROLL _Pragma("unroll")

/// Sixteen values of a row from `k` on, zeros beyond K.
inline float16 load_filled(__global const float* x, int k, int K) {
  if (k + 16 <= K) return vload16(0, x + k);
  float lanes[16];
  for (int i = 0; i < 16; i++) lanes[i] = k + i < K ? x[k + i] : 0.0f;
  return vload16(0, lanes);
}

#if WEIGHT_TYPE == 17
inline ushort16 round16(float16 x) {
  const uint16 bits = as_uint16(x);
  return convert_ushort16((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

inline void quantize_row(__global const float* x, __global uint* operand, int K) {
  __global ushort* to = (__global ushort*)operand;
  const int whole = K & ~15;
  for (int k = 0; k < whole; k += 16) vstore16(round16(vload16(0, x + k)), 0, to + k);
  if (whole < K) {
    ushort lanes[16];
    vstore16(round16(load_filled(x, whole, K)), 0, lanes);
    for (int i = 0; whole + i < (K + 1) / 2 * 2; i++) to[whole + i] = lanes[i];
  }
}
#else
inline uint max16(uint16 v) {
  const uint8 a = max(v.lo, v.hi);
  const uint4 b = max(a.lo, a.hi);
  const uint2 c = max(b.lo, b.hi);
  return max(c.x, c.y);
}

inline int sum16(int16 v) {
  const int8 a = v.lo + v.hi;
  const int4 b = a.lo + a.hi;
  const int2 c = b.lo + b.hi;
  return c.x + c.y;
}

inline void quantize_row(__global const float* x, __global uint* operand, int K) {
  const int groups = (K + GROUP - 1) / GROUP;
  __global uchar* to = (__global uchar*)(operand + 2 * groups);
  for (int g = 0; g < groups; g++, x += GROUP, to += GROUP) {
    float16 values[GROUP / 16];
    if ((g + 1) * GROUP <= K) {
      UNROLL for (int i = 0; i < GROUP / 16; i++) values[i] = vload16(i, x);
    } else {
      for (int i = 0; i < GROUP / 16; i++) values[i] = load_filled(x, 16 * i, K - g * GROUP);
    }
    uint16 largest = 0;  // as bits, which order magnitudes, NaN above all
    UNROLL for (int i = 0; i < GROUP / 16; i++) largest = max(largest, as_uint16(values[i]) & 0x7FFFFFFFu);
    const float magnitude = as_float(max16(largest));
    const float inverse = magnitude > 1e-30f ? 127.0f / magnitude : 0.0f;  // below, the reciprocal may overflow
    int16 sum = 0;
    UNROLL for (int i = 0; i < GROUP / 16; i++) {
      const int16 q = as_int16(values[i] * inverse + 12582912.0f) - 0x4B400000;  // 1.5 * 2^23: rounds to nearest even
      sum += q;
      vstore16(convert_uchar16(as_uint16(q) & 0xFFu), i, to);
    }
    operand[2 * g] = as_uint(magnitude / 127.0f);
    operand[2 * g + 1] = as_uint(-128 * sum16(sum));
  }
}
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void quantize(__global const float* restrict x, __global uint* restrict operand, const int K, const int xStride,
              const int stride) {
  const size_t m = get_global_id(0);
  quantize_row(x + m * xStride, operand + m * stride, K);
}
