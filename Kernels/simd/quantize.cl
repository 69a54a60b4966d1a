// Operands of products with bf16, int8 or int4 weights, for CPU-type devices: rows of activations, rounded. Formula and
// buffers: simd/quantize.h.
//
// Values beyond K count as zero.
// Global size (M), local (1).  Other kernels of the family round their own rows.

#include "simd/quantize.h"

#if ROUNDS  // products of other weights take activations as they are
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void quantize(__global const float* restrict x, __global uint* restrict operand, const int K, const int xStride,
              const int stride) {
  const size_t m = get_global_id(0);
  const int groups = GROUPS(K);
  x += m * xStride;
  for (int g = 0; g < groups; g++) {
    float16 values[VECTORS];
    if ((g + 1) * GROUP <= K) {
      UNROLL for (int i = 0; i < VECTORS; i++) values[i] = vload16(i, x + g * GROUP);
    } else {
      for (int i = 0; i < VECTORS; i++) values[i] = load_filled(x, g * GROUP + 16 * i, K);
    }
    quantize_group(values, operand + m * stride, g, groups);
  }
}
#endif
