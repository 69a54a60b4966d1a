// Mean and deviation of rows, for the GPU-type devices' kernels that normalize:
//
//   mean[m] = sum_c x[m][c] / C     scale[m] = 1 / sqrt(sum_c (x[m][c] - mean[m])^2 / C + epsilon)
//
// A sum is cut into SHARES, every SHARES-th channel each, these into STRANDS; both are added up in their order. So it
// depends neither on the size of the work-group nor on how many rows that takes. No kernel: others include it.

#pragma once
#include "common/prelude.h"

#define SHARES 128
#define STRANDS 16
#define TOGETHER 8  // loads of a share that are under way at once

/// Mean and scale of `rows` rows, which may be none, into `moments`; `sums` has room for SHARES numbers a row. All of
/// the work-group's `items` must call it, and may use both when it returns.
inline void take_moments(__global const float* x, const int rows, const int C, const int stride, const float epsilon,
                         __local float* sums, __local float2* moments, const int items) {
  const int item = (int)get_local_id(0);
  for (int pass = 0; pass < 2; pass++) {
    for (int i = item; i < rows * SHARES; i += items) {
      __global const float* row = x + (size_t)(i / SHARES) * stride;
      const float mean = pass == 0 ? 0.0f : moments[i / SHARES].x;
      float sum = 0.0f;
      for (int c = i % SHARES; c < C; c += TOGETHER * SHARES) {
        float values[TOGETHER];  // behind the last, what adds nothing
        UNROLL for (int j = 0; j < TOGETHER; j++) values[j] = c + j * SHARES < C ? row[c + j * SHARES] : mean;
        UNROLL for (int j = 0; j < TOGETHER; j++)
          sum = pass == 0 ? sum + values[j] : fma(values[j] - mean, values[j] - mean, sum);
      }
      sums[i] = sum;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = item; i < rows * STRANDS; i += items) {
      __local float* strand = sums + i / STRANDS * SHARES + i % STRANDS;
      float sum = strand[0];
      for (int lane = STRANDS; lane < SHARES; lane += STRANDS) sum += strand[lane];
      strand[0] = sum;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int row = item; row < rows; row += items) {
      float sum = 0.0f;
      for (int strand = 0; strand < STRANDS; strand++) sum += sums[row * SHARES + strand];
      if (pass == 0)
        moments[row].x = sum / C;
      else
        moments[row].y = 1.0f / sqrt(sum / C + epsilon);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

inline float4 normalized4(float4 x, float2 moments, float4 gain, float4 bias) {
  return fma((x - moments.x) * moments.y, gain, bias);
}

inline float normalized(float x, float2 moments, float gain, float bias) {
  return fma((x - moments.x) * moments.y, gain, bias);
}
