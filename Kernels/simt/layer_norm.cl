// Layer norm for GPU-type devices: y[m][c] = (x[m][c] - mean) / sqrt(variance + epsilon) * gain[c] + bias[c]
//
// Buffers as in simd/layer_norm.cl; operand is what quantize.cl would make of y, where QUANTIZES.
// Global size (LOCAL * M), local (LOCAL): one work-group a row.

#include "simt/moments.cl"
#include "simt/quantize.cl"

#ifndef LOCAL
#define LOCAL 128  // work-items of a work-group, a multiple of 8
#endif
#ifndef QUANTIZES
#define QUANTIZES 0  // 1 spares a kernel and a way to memory and back
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void layer_norm(__global const float* restrict x, __global const float* restrict gain,
                __global const float* restrict bias, __global float* restrict y, __global uint* restrict operand,
                const int C, const int stride, const int operandStride, const float epsilon) {
  __local float sums[SHARES];
  __local float2 moments[1];
  const size_t m = get_group_id(0);
  const int item = (int)get_local_id(0);
  x += m * stride;
  take_moments(x, 1, C, stride, epsilon, sums, moments, LOCAL);
  const float2 own = moments[0];

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
  for (int c = item; c < C; c += LOCAL) y[c] = normalized(x[c], own, gain[c], bias[c]);
#endif
}
