// Layer norm for CPU-type devices: y[m][c] = (x[m][c] - mean) / sqrt(variance + epsilon) * gain[c] + bias[c]
//
// x        (M, stride) fp32          gain, bias  (C) fp32
// y        (M, stride) fp32, where not QUANTIZES
// operand  (M, operandStride) y as quantize.cl quantizes it, where QUANTIZES
//
// Two passes, fp32, in a fixed order; variance: the mean squared difference, as in torch.

#pragma once
#include "simd/lanes.h"
#include "simd/quantize.h"

#ifndef QUANTIZES
#define QUANTIZES 0  // 1 spares a kernel, and a write and a read of the rows
#endif
#define SUMS 4  // of vectors, side by side: one would wait for each addition

inline float sum_lanes(const float16 sums[SUMS]) {
  return sum16((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

inline float16 normalized(__global const float* x, __global const float* gain, __global const float* bias, float mean,
                          float scale) {
  return fma((vload16(0, x) - mean) * scale, vload16(0, gain), vload16(0, bias));
}

/// Normalizes row `m`.
inline void normalize_row(__global const float* x, __global const float* gain, __global const float* bias,
                          __global float* y, __global uint* operand, const int C, const int stride,
                          const int operandStride, const float epsilon, const size_t m) {
  const int blocks = C / (16 * SUMS) * (16 * SUMS), whole = C / 16 * 16;
  x += m * stride;

  float16 sums[SUMS];
  float rest = 0.0f;
  UNROLL for (int i = 0; i < SUMS; i++) sums[i] = 0.0f;
  for (int c = 0; c < blocks; c += 16 * SUMS) UNROLL for (int i = 0; i < SUMS; i++) sums[i] += vload16(i, x + c);
  for (int c = blocks; c < whole; c += 16) sums[0] += vload16(0, x + c);
  for (int c = whole; c < C; c++) rest += x[c];
  const float mean = (sum_lanes(sums) + rest) / C;

  rest = 0.0f;
  UNROLL for (int i = 0; i < SUMS; i++) sums[i] = 0.0f;
  for (int c = 0; c < blocks; c += 16 * SUMS)
    UNROLL for (int i = 0; i < SUMS; i++) {
      const float16 d = vload16(i, x + c) - mean;
      sums[i] = fma(d, d, sums[i]);
    }
  for (int c = blocks; c < whole; c += 16) {
    const float16 d = vload16(0, x + c) - mean;
    sums[0] = fma(d, d, sums[0]);
  }
  for (int c = whole; c < C; c++) rest = fma(x[c] - mean, x[c] - mean, rest);
  const float scale = 1.0f / sqrt((sum_lanes(sums) + rest) / C + epsilon);

#if QUANTIZES  // C is a multiple of GROUP
  for (int g = 0; g < C / GROUP; g++) {
    float16 values[VECTORS];
    UNROLL for (int i = 0; i < VECTORS; i++) {
      const int c = g * GROUP + 16 * i;
      values[i] = normalized(x + c, gain + c, bias + c, mean, scale);
    }
    quantize_group(values, operand + m * operandStride, g, C / GROUP);
  }
#else
  y += m * stride;
  for (int c = 0; c < whole; c += 16) vstore16(normalized(x + c, gain + c, bias + c, mean, scale), 0, y + c);
  for (int c = whole; c < C; c++) y[c] = fma((x[c] - mean) * scale, gain[c], bias[c]);
#endif
}
