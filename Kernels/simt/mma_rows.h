// What a warp of NVIDIA's makes of rows without barriers, as lanes exchange numbers by shuffles: moments.cl's numbers,
// and quantize.cl's, to the bit. HEIGHT rows of a lane, and whether K may have a TAIL, are to be defined.
// No kernel: others include it, and are empty where DOT_UNIT is another.

#pragma once
#include "simt/mma.h"
#include "simt/moments.cl"

#if DOT_UNIT == DOT_MMA
#if WEIGHT_TYPE == TYPE_INT8
#define PART_K GROUP
#else
#define PART_K 64
#endif
#define QUARTETS (PART_K / 16)  // runs of 4 k that a lane takes of a row's part

/// The sum of a number of SHARES that a warp's lanes hold, in moments.cl's order: share 32 i + lane is shares[i].
INLINE float add_shares(const float shares[SHARES / 32], const int lane) {
  float strand = 0.0f, sum = 0.0f;
  UNROLL for (int i = 0; i < SHARES / 32; i++) {
    const float other = as_float(shuffle_xor(as_uint(shares[i]), STRANDS));
    const float low = lane < STRANDS ? shares[i] : other, high = lane < STRANDS ? other : shares[i];
    strand = i == 0 ? low : strand + low;
    strand += high;
  }
  UNROLL for (int i = 0; i < STRANDS; i++) sum += as_float(shuffle_from(as_uint(strand), i));
  return sum;
}

/// Mean and scale of a row, whose numbers are asked for once where they are few; `isWhole`: K is a multiple of SHARES.
INLINE float2 take_moments_by_warp(__global const float* row, const int K, const int isWhole, const float epsilon,
                                   const int lane) {
  float values[TOGETHER][SHARES / 32];
  float2 moments = (float2)(0.0f);
  UNROLL for (int pass = 0; pass < 2; pass++) {
    float shares[SHARES / 32];
    UNROLL for (int i = 0; i < SHARES / 32; i++) shares[i] = 0.0f;
    for (int first = 0; first < K; first += TOGETHER * SHARES) {
      if (pass == 0 || K > TOGETHER * SHARES)
        UNROLL for (int j = 0; j < TOGETHER; j++)
          if (first + j * SHARES < K)
            UNROLL for (int i = 0; i < SHARES / 32; i++) {
              const int c = first + j * SHARES + 32 * i + lane;
              values[j][i] = row[isWhole ? c : min(c, K - 1)];
            }
      UNROLL for (int j = 0; j < TOGETHER; j++)
        if (first + j * SHARES < K)
          UNROLL for (int i = 0; i < SHARES / 32; i++) {
            const float off = values[j][i] - moments.x;
            const float sum = pass == 0 ? shares[i] + values[j][i] : fma(off, off, shares[i]);
            shares[i] = isWhole || first + j * SHARES + 32 * i + lane < K ? sum : shares[i];
          }
    }
    const float sum = add_shares(shares, lane);
    if (pass == 0)
      moments.x = sum / K;
    else
      moments.y = 1.0f / sqrt(sum / K + epsilon);
  }
  return moments;
}

/// Begins to copy what normalizes a part: gains, then shifts.
INLINE void fetch_norm(__local uint4* norm, __global const float* gain, __global const float* shift, const int part,
                       const int K, const int lane) {
  UNROLL for (int j = 0; j < PART_K / 64; j++) {
    const int place = lane + 32 * j, k = part * PART_K + place % (PART_K / 4) * 4;
    const int left = TAIL == 1 ? clamp(K - k, 0, 4) : 4;
    copy_async(&norm[place], (__global const uint4*)((place < PART_K / 4 ? gain : shift) + (left > 0 ? k : 0)),
               4 * left);
  }
}

/// Numbers k to k + 3 of a row, zeros from K on; k is a multiple of 4.
INLINE float4 load_quartet(__global const float* row, const int k, const int K) {
  if (TAIL != 1 || k + 4 <= K) return *(__global const float4*)(row + k);
  return (float4)(k < K ? row[k] : 0.0f, k + 1 < K ? row[k + 1] : 0.0f, k + 2 < K ? row[k + 2] : 0.0f, 0.0f);
}

/// A lane's numbers of its rows in a part; behind the last row that one again.
INLINE void load_part(__global const float* x, const int part, const int count, const int K, const int xStride,
                      const int lane, float4 values[HEIGHT][QUARTETS]) {
  UNROLL for (int h = 0; h < HEIGHT; h++) {
    __global const float* row = x + (size_t)min(8 * h + lane / 4, count - 1) * xStride;
    UNROLL for (int j = 0; j < QUARTETS; j++)
      values[h][j] = load_quartet(row, part * PART_K + 16 * j + lane % 4 * 4, K);
  }
}

INLINE void normalize(float4 values[HEIGHT][QUARTETS], const float2 moments[HEIGHT], __local const uint4* norm,
                      const int lane) {
  UNROLL for (int j = 0; j < QUARTETS; j++) {
    const float4 gains = as_float4(norm[4 * j + lane % 4]), shifts = as_float4(norm[PART_K / 4 + 4 * j + lane % 4]);
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
#endif
