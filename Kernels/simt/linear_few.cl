// Linear layer of few rows for GPU-type devices: formulas and layouts in linear.h, a work-group's share in
// linear_few.h.
//
// Global size (LOCAL * split, ceil(M/TM), ceil(N/32) * 32/WIDTH), local (LOCAL, 1, 1).
// `split` work-groups share K, each takes as many slices as the others, SLICES at a time:
// LOCAL = SLICES * SLICE_PARTS * WIDTH/V. They need not run at the same time.

#include "simt/linear_few.h"

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const INPUT* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global const float* restrict gain, __global const float* restrict shift, __local uint4* room,
            volatile __global float* slices, volatile __global int* arrivals, __global float* restrict y, const int M,
            const int K, const int xStride, const int yStride, const int epilogue, const int normalizes,
            const float epsilon) {
  __local uint4 exchange[EXCHANGE_MEMORY];
  __local float totals[TM * WIDTH];
  __local float2 moments[TM];
  __local int isLast;
  const ProductMemory l = {room, exchange, totals, moments, &isLast};
  const ProductShare share = SHARE_OF_GROUP;
  const Awaited nothing = {0, 0};
  multiply_share(x, w, bias, gain, shift, slices, arrivals, y, l, share, nothing, M, K,
                 xStride, yStride, epilogue, normalizes, epsilon);
}
