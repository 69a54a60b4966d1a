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
// Global size (ceil(N/32), rows) for Conv1D, (slab panels, K) for Linear; one work-item writes 32 values.
// Any M then reads one stream of weights once: see linear_panel.cl.

#ifndef SOURCE_TYPE
#define SOURCE_TYPE 32  // element type of the file: 32 fp32, 16 fp16, 17 bf16
#endif
#ifndef WEIGHT_BITS
#define WEIGHT_BITS 16  // storage of the packed weights: 16 fp16, 32 fp32
#endif
#define PANEL 32

#if SOURCE_TYPE == 32
#define SOURCE float
#define LOAD(source, i) (source)[i]
#elif SOURCE_TYPE == 16
#define SOURCE half
#define LOAD(source, i) vload_half(i, source)
#else
#define SOURCE ushort
#define LOAD(source, i) as_float((uint)(source)[i] << 16)
#endif

#if WEIGHT_BITS == 32
#define WEIGHT float
#define STORE(x, i, packed) (packed)[i] = (x)
#define LARGEST FLT_MAX
#else
#define WEIGHT half
#define STORE(x, i, packed) vstore_half_rte(x, i, packed)
#define LARGEST 65504.0f
#endif

__kernel void pack(__global const SOURCE* restrict source, __global WEIGHT* restrict packed, __global int* flags,
                   const int N, const int K, const int first, const int tensor,
                   const int transposed) {
  const size_t x = get_global_id(0), y = get_global_id(1);
  const int panel = transposed ? first / PANEL + (int)x : (int)x;
  const int k = transposed ? (int)y : first + (int)y;
  __global const SOURCE* row = source + (transposed ? x * PANEL * K + y : y * N + x * PANEL);
  const size_t step = transposed ? (size_t)K : 1;
  const size_t to = ((size_t)panel * K + k) * PANEL;
  int infinite = 0, large = 0;
  for (int j = 0; j < PANEL; j++) {
    const float x = panel * PANEL + j < N ? LOAD(row, j * step) : 0.0f;
    const float size = fabs(x);
    infinite += !(size <= FLT_MAX);
    large += size <= FLT_MAX && size > LARGEST;
    STORE(x, to + j, packed);
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
