// Layer norm for GPU-type devices: y[m][c] = (x[m][c] - mean) / sqrt(variance + epsilon) * gain[c] + bias[c]
//
// Buffers as in simd/layer_norm.cl; operand is what quantize.cl would make of y, where QUANTIZES.
// Global size (LOCAL * M), local (LOCAL): one work-group a row, an item a share of it (moments.cl), whose first HELD
// numbers it keeps. All that it loads is asked for before the first sum.

#include "simt/moments.cl"
#include "simt/quantize.cl"

#define LOCAL 128  // SHARES
#ifndef HELD
#define HELD 16    // a row of as many times LOCAL channels is held whole
#endif
#ifndef QUANTIZES
#define QUANTIZES 0  // 1 spares a kernel and a way to memory and back
#endif

/// moments.cl's numbers of one row. Each item adds up the strands by itself, which spares it a barrier.
INLINE float2 take_moments_of_row(__global const float* row, const int C, const float epsilon, const float held[HELD],
                                  __local float4 sums[2][SHARES / 4]) {
  const int item = ITEM;
  float2 moments = (float2)(0.0f);
  UNROLL for (int pass = 0; pass < 2; pass++) {
    __local float* shares = (__local float*)sums[pass];
    float share = 0.0f, sum = 0.0f;
    UNROLL for (int j = 0; j < HELD; j++) {
      const float off = held[j] - moments.x, next = pass == 0 ? share + held[j] : fma(off, off, share);
      share = item + j * SHARES < C ? next : share;
    }
    for (int c = item + HELD * SHARES; c < C; c += SHARES)
      share = pass == 0 ? share + row[c] : fma(row[c] - moments.x, row[c] - moments.x, share);
    shares[item] = share;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < STRANDS) {
      float strand = shares[item];
      UNROLL for (int i = 1; i < SHARES / STRANDS; i++) strand += shares[item + i * STRANDS];
      shares[item] = strand;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    UNROLL for (int i = 0; i < STRANDS; i++) sum += shares[i];
    if (pass == 0)
      moments.x = sum / C;
    else
      moments.y = 1.0f / sqrt(sum / C + epsilon);
  }
  return moments;
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void layer_norm(__global const float* restrict x, __global const float* restrict gain,
                __global const float* restrict bias, __global float* restrict y, __global uint* restrict operand,
                const int C, const int stride, const int operandStride, const float epsilon) {
  __local float4 sums[2][SHARES / 4];
  const size_t m = get_group_id(0);
  const int item = ITEM;
  x += m * stride;
  float held[HELD];
#define CHANNEL(j) (item + (j) * SHARES)
#define EACH_HELD UNROLL for (int j = 0; j < HELD; j++)
  EACH_HELD held[j] = x[min(CHANNEL(j), C - 1)];
#if !QUANTIZES
  float gains[HELD], biases[HELD];
  EACH_HELD gains[j] = gain[min(CHANNEL(j), C - 1)];
  EACH_HELD biases[j] = bias[min(CHANNEL(j), C - 1)];
#endif
  const float2 own = take_moments_of_row(x, C, epsilon, held, sums);

#if QUANTIZES  // C is a multiple of GROUP
  __local uint shared[SHARED(LOCAL)];
  // LOCAL/ITEMS groups at a time; all work-items come to each of their barriers.
  for (int first = 0; first < C; first += LOCAL * RUN) {
    const int run = first + item * RUN;
    float values[RUN], gains[RUN], biases[RUN];
    load_run(x, run, C, values);
    load_run(gain, run, C, gains);
    load_run(bias, run, C, biases);
    for (int i = 0; i < RUN; i++) values[i] = normalized(values[i], own, gains[i], biases[i]);
    quantize_group(values, operand + m * operandStride, run / GROUP, C / GROUP, shared, LOCAL);
  }
#else
  y += m * stride;
  EACH_HELD if (CHANNEL(j) < C) y[CHANNEL(j)] = normalized(held[j], own, gains[j], biases[j]);
  for (int c = CHANNEL(HELD); c < C; c += LOCAL) y[c] = normalized(x[c], own, gain[c], bias[c]);
#endif
}
