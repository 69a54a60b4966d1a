// Layer norm for CPU-type devices. Formula and buffers: simd/layer_norm.h.
//
// Global size (M), local (1).

#include "simd/layer_norm.h"

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void layer_norm(__global const float* restrict x, __global const float* restrict gain,
                __global const float* restrict bias, __global float* restrict y, __global uint* restrict operand,
                const int C, const int stride, const int operandStride, const float epsilon) {
  normalize_row(x, gain, bias, y, operand, C, stride, operandStride, epsilon, get_global_id(0));
}
