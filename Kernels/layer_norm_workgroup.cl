// Layer norm for GPU-type devices: y[m][c] = (x[m][c] - mean) / sqrt(variance + epsilon) * gain[c] + bias[c]
//
// Buffers as in layer_norm_panel.cl; operand is what quantize_workgroup.cl would make of y, where QUANTIZES.
// Global size (LOCAL * M), local (LOCAL): one work-group a row, tree sums in local memory.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all devices round alike

#ifndef LOCAL
#define LOCAL 128  // work-items of a work-group, a power of two, from 32 on
#endif
#ifndef QUANTIZES
#define QUANTIZES 0  // 1 behind quantize_workgroup.cl: spares a kernel and a way to memory and back
#endif

/// The sum of `value` over the work-group, in a fixed order; every work-item must call it.
inline float group_sum(float value, __local float* scratch) {
  const int item = (int)get_local_id(0);
  scratch[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int width = LOCAL / 2; width > 0; width /= 2) {
    if (item < width) scratch[item] += scratch[item + width];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float sum = scratch[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void layer_norm(__global const float* restrict x, __global const float* restrict gain, __global const float* restrict bias,
                __global float* restrict y, __global uint* restrict operand, const int C, const int stride,
                const int operandStride, const float epsilon) {
  __local float scratch[LOCAL];
  const size_t m = get_group_id(0);
  const int item = (int)get_local_id(0);
  x += m * stride;

  float partial = 0.0f;
  for (int c = item; c < C; c += LOCAL) partial += x[c];
  const float mean = group_sum(partial, scratch) / C;
  partial = 0.0f;
  for (int c = item; c < C; c += LOCAL) partial = fma(x[c] - mean, x[c] - mean, partial);
  const float scale = 1.0f / sqrt(group_sum(partial, scratch) / C + epsilon);

#if QUANTIZES  // C is a multiple of GROUP
  __local uint shared[SHARED(LOCAL)];
  // LOCAL/ITEMS groups at a time; all work-items come to each of their barriers.
  for (int first = 0; first < C; first += LOCAL * RUN) {
    const int run = first + item * RUN;
    uint bits[RUN];
    for (int i = 0; i < RUN; i++)
      bits[i] = run < C ? as_uint(fma((x[run + i] - mean) * scale, gain[run + i], bias[run + i])) : 0u;
    quantize_group(bits, operand + m * operandStride, run / GROUP, C / GROUP, shared, LOCAL);
  }
#else
  y += m * stride;
  for (int c = item; c < C; c += LOCAL) y[c] = fma((x[c] - mean) * scale, gain[c], bias[c]);
#endif
}
