// Linear layer of few rows on tensor cores: formulas and layouts in linear.h, a work-group's share in linear_mma.h.
//
// Global size (LOCAL * split, ceil(M/TM), ceil(N/32) * 32/WIDTH), local (LOCAL, 1, 1), LOCAL = 32 WARPS.
// `split` work-groups share K, each takes as many parts as the others. They need not run at the same time.

#ifndef INPUTS
#define INPUTS inputs  // K: a number lets compilers unroll what depends on it
#endif

#include "simt/linear_mma.h"

#if DOT_UNIT == DOT_MMA
__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void linear(__global const float* restrict x, __global const uint4* restrict w, __global const float* restrict bias,
            __global const float* restrict gain, __global const float* restrict shift, volatile __global float* handed,
            volatile __global int* arrivals, __global const uint4* restrict ahead, __global float* restrict y,
            const int M, const int inputs, const int xStride, const int yStride, const int epilogue,
            const int normalizes, const float epsilon, const int aheadFirst, const int aheadCount) {
  __local uint4 ring[WARPS][STAGES][STAGE_CHUNKS], norms[WARPS][NORMS][PART_K / 2];
  __local float room[ROOM];
  __local float2 moments[TM];
  __local int isLast;
  const ProductMemory l = {ring, norms, room, moments, &isLast};
  const ProductShare share = SHARE_OF_GROUP;
  const Awaited nothing = {0, 0};
  multiply_share(x, w, bias, gain, shift, handed, arrivals, ahead, y, l, share, nothing, M, INPUTS,
                 HALVES, xStride, yStride, epilogue, normalizes, epsilon, aheadFirst, aheadCount);
}
#endif
