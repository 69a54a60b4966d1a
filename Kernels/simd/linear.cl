// Linear layer for CPU-type devices. Formula and buffers: simd/linear.h.
//
// linear:          global size (groups, ceil(N/32)), local (1, 1): a work-item takes tiles/groups tiles, at most TILES.
// linear_operand:  global size (groups, N/GROUP), local (1, 1): quantizes ACTIVATION(s) as quantize.cl does, N
//                  a multiple of GROUP, in operand (M, stride).  For bf16, int8 and int4 weights.
// Where TILES > 1, the two sizes change places.

#include "simd/linear.h"

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void linear(__global const OPERAND* restrict x, __global const WEIGHT* restrict w, __global const float* restrict bias,
            __global float* restrict y, const int K, const int xStride, const int yStride, const int epilogue,
            const int tiles, const int ahead, const int near) {
  linear_tiles(x, w, bias, y, K, xStride, yStride, epilogue, tiles, ahead, near, (int)get_global_id(OF_ROWS),
               (int)get_global_size(OF_ROWS), (int)get_global_id(1 - OF_ROWS));
}

#if ROUNDS
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void linear_operand(__global const OPERAND* restrict x, __global const WEIGHT* restrict w,
                    __global const float* restrict bias, __global uint* restrict operand, const int K,
                    const int xStride, const int stride, const int tiles, const int ahead, const int near) {
  linear_operand_tiles(x, w, bias, operand, K, xStride, stride, tiles, ahead, near, (int)get_global_id(OF_ROWS),
                       (int)get_global_size(OF_ROWS), (int)get_global_id(1 - OF_ROWS),
                       (int)get_global_size(1 - OF_ROWS));
}
#endif
