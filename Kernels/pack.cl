// Packs a weight matrix from a checkpoint's layout into panels of 32 output columns, once, at load.
//
//   packed[(p*K + k)*32 + j] = w[k][n],  n = 32 p + j;   zero where n >= N
//
// source  one slab of the file's tensor, starting at row `first`:
//           Conv1D (transposed 0):  (K, N) row-major, a slab is `rows` values of k
//           Linear (transposed 1):  (N, K) row-major, a slab is `rows` values of n, `first` a multiple of 32
// packed  (ceil(N/32), K, 32), in WEIGHT_BITS
// flags   (tensors, 2): flags[2*tensor] counts values that are not finite in the file, the next those that do not fit in 16 bits
//
// Global size (ceil(N/32), ceil(rows/16)) for Conv1D, (slab panels, ceil(K/16)) for Linear: a work-item packs 16 values of k,
// for which the lines it reads of a transposed source stay in the L1 cache.
// Any M then reads one stream of weights once: see linear_panel.cl.

#ifndef SOURCE_TYPE
#define SOURCE_TYPE 32  // element type of the file: 32 fp32, 16 fp16, 17 bf16
#endif
#ifndef WEIGHT_BITS
#define WEIGHT_BITS 16  // storage of the packed weights: 16 fp16, 32 fp32
#endif
#define PANEL 32
#define BLOCK 16

#if SOURCE_TYPE == 32
#define SOURCE float
#define LOAD(source, i) (source)[i]
#define LOAD16(source) vload16(0, source)
#elif SOURCE_TYPE == 16
#define SOURCE half
#define LOAD(source, i) vload_half(i, source)
#define LOAD16(source) vload_half16(0, source)
#else
#define SOURCE ushort
#define LOAD(source, i) as_float((uint)(source)[i] << 16)
#define LOAD16(source) as_float16(convert_uint16(vload16(0, source)) << 16)
#endif

#if WEIGHT_BITS == 32
#define WEIGHT float
#define STORE16(x, packed) vstore16(x, 0, packed)
#define LARGEST FLT_MAX
#else
#define WEIGHT half
#define STORE16(x, packed) vstore_half16_rte(x, 0, packed)
#define LARGEST 65504.0f
#endif

/// Counts the values of a vector that are not finite, and those that are but do not fit.
inline void inspect(float16 x, int* infinite, int* large) {
  if (all(isless(fabs(x), (float16)LARGEST))) return;
  float values[16];
  vstore16(x, 0, values);
  for (int j = 0; j < 16; j++) {
    const float size = fabs(values[j]);
    *infinite += !(size <= FLT_MAX);
    *large += size <= FLT_MAX && size > LARGEST;
  }
}

__kernel void pack(__global const SOURCE* restrict source, __global WEIGHT* restrict packed, __global int* flags,
                   const int N, const int K, const int first, const int rows, const int tensor, const int transposed) {
  const int x = (int)get_global_id(0), y = (int)get_global_id(1) * BLOCK;
  const int panel = transposed ? first / PANEL + x : x;
  const int end = min(y + BLOCK, transposed ? K : rows);
  const int width = min(PANEL, N - panel * PANEL);  // columns of the panel that there are
  int infinite = 0, large = 0;
  for (int i = y; i < end; i++) {
    __global const SOURCE* from =
        source + (transposed ? (size_t)x * PANEL * K + i : (size_t)i * N + (size_t)x * PANEL);
    __global WEIGHT* to = packed + ((size_t)panel * K + (transposed ? i : first + i)) * PANEL;
    float16 low, high;
    if (!transposed && width == PANEL) {
      low = LOAD16(from);
      high = LOAD16(from + 16);
    } else {
      float values[PANEL];
      for (int j = 0; j < PANEL; j++) values[j] = j < width ? LOAD(from, transposed ? (size_t)j * K : j) : 0.0f;
      low = vload16(0, values);
      high = vload16(1, values);
    }
    inspect(low, &infinite, &large);
    inspect(high, &infinite, &large);
    STORE16(low, to);
    STORE16(high, to + 16);
  }
  if (infinite) atomic_add(flags + 2 * tensor, infinite);
  if (large) atomic_add(flags + 2 * tensor + 1, large);
}

// Converts a vector or a small table to fp32, with the same check: gains, biases.  Global size (count).
__kernel void widen(__global const SOURCE* restrict source, __global float* restrict to, __global int* flags,
                    const int first, const int tensor) {
  const size_t i = get_global_id(0);
  const float x = LOAD(source, i);
  if (!(fabs(x) <= FLT_MAX)) atomic_inc(flags + 2 * tensor);
  to[first + i] = x;
}
