// Operands of products with bf16 or int8 weights, for CPU-type devices: rows of activations, rounded.
//
//   bf16: to nearest even; pairs in k, the even one in the low half, or numbers widened to fp32 again
//   int8: x is scale * q, q a signed byte, in groups of GROUP values of k: scale = max |x| / 127 of the group
//
// x        (M, xStride) fp32
// operand  (M, stride) uint, of ceil(K/GROUP) groups
//            bf16  GROUP/2 pairs a group, or GROUP numbers
//            int8  pairs {scale as fp32, -128 * sum of the group's q} of all groups, then GROUP/4 quads in k a group
//
// Values beyond K count as zero.  A NaN or an infinity becomes its group's scale, so that it shows in every sum.
// Global size (M), local (1).  Other kernels of the panel family hand their own rows to quantize_group.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef WEIGHT_TYPE
#define WEIGHT_TYPE 17  // of the weights: 17 bf16, 8 int8
#endif
#ifndef OPERAND_TYPE
#define OPERAND_TYPE WEIGHT_TYPE  // of the operands: 17 pairs of bf16, 32 bf16 in fp32, 8 quads
#endif
#ifndef GROUP
#define GROUP 128  // values of k that are rounded together, a multiple of 16
#endif
#define VECTORS (GROUP / 16)  // of a group

#define UNROLL _Pragma("unroll")

/// Sixteen values of a row from `k` on, zeros beyond K.
inline float16 load_filled(__global const float* x, int k, int K) {
  if (k + 16 <= K) return vload16(0, x + k);
  float lanes[16];
  for (int i = 0; i < 16; i++) lanes[i] = k + i < K ? x[k + i] : 0.0f;
  return vload16(0, lanes);
}

#if WEIGHT_TYPE == 17
/// bf16 numbers in the high halves.
inline uint16 round16(float16 x) {
  const uint16 bits = as_uint16(x);
  return bits + 0x7FFFu + (bits >> 16 & 1u) & 0xFFFF0000u;
}

/// Rounds group `g` of `groups` of a row.
inline void quantize_group(const float16 values[VECTORS], __global uint* operand, int g, int groups) {
#if OPERAND_TYPE == 32
  UNROLL for (int i = 0; i < VECTORS; i++) vstore16(round16(values[i]), i, operand + g * GROUP);
#else
  __global ushort* to = (__global ushort*)operand + g * GROUP;
  UNROLL for (int i = 0; i < VECTORS; i++) vstore16(convert_ushort16(round16(values[i]) >> 16), i, to);
#endif
}
#else
inline uint largest16(uint16 v) {
  const uint8 a = max(v.lo, v.hi);
  const uint4 b = max(a.lo, a.hi);
  const uint2 c = max(b.lo, b.hi);
  return max(c.x, c.y);
}

inline int total16(int16 v) {
  const int8 a = v.lo + v.hi;
  const int4 b = a.lo + a.hi;
  const int2 c = b.lo + b.hi;
  return c.x + c.y;
}

/// Rounds group `g` of `groups` of a row.
inline void quantize_group(const float16 values[VECTORS], __global uint* operand, int g, int groups) {
  uint16 largest = 0;  // as bits, which order magnitudes, NaN above all
  UNROLL for (int i = 0; i < VECTORS; i++) largest = max(largest, as_uint16(values[i]) & 0x7FFFFFFFu);
  const float magnitude = as_float(largest16(largest));
  const float inverse = magnitude > 1e-30f ? 127.0f / magnitude : 0.0f;  // below, the reciprocal may overflow
  __global uchar* to = (__global uchar*)(operand + 2 * groups) + g * GROUP;
  int16 sum = 0;
  UNROLL for (int i = 0; i < VECTORS; i++) {
    const int16 q = as_int16(values[i] * inverse + 12582912.0f) - 0x4B400000;  // 1.5 * 2^23: rounds to nearest even
    sum += q;
    vstore16(convert_uchar16(as_uint16(q) & 0xFFu), i, to);
  }
  operand[2 * g] = as_uint(magnitude / 127.0f);
  operand[2 * g + 1] = as_uint(-128 * total16(sum));
}
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void quantize(__global const float* restrict x, __global uint* restrict operand, const int K, const int xStride,
              const int stride) {
  const size_t m = get_global_id(0);
  const int groups = (K + GROUP - 1) / GROUP;
  x += m * xStride;
  for (int g = 0; g < groups; g++) {
    float16 values[VECTORS];
    if ((g + 1) * GROUP <= K) {
      UNROLL for (int i = 0; i < VECTORS; i++) values[i] = vload16(i, x + g * GROUP);
    } else {
      for (int i = 0; i < VECTORS; i++) values[i] = load_filled(x, g * GROUP + 16 * i, K);
    }
    quantize_group(values, operand + m * stride, g, groups);
  }
}
