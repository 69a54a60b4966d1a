// Packs a weight matrix from a checkpoint's layout into panels of 32 output columns, once, at load.
//
//   fp32, fp16  packed[(p*K + k)*32 + j] = w[k][n],  n = 32 p + j;   zero where n >= N
//   bf16        pairs in k, the even one in the low half: packed[(p*ceil(K/2) + k/2)*32 + j]; zero where k >= K
//   int8        w = scale * (b - 128): a panel is ceil(K/GROUP) groups, each 32 fp32 scales, then GROUP/4 rows of 32
//               quads of bytes b in k, the first in the low bits; scale = max |w| / 127 of a column's GROUP values;
//               b = 128 where k >= K
//   int4        w = scale * m * (b - 8): groups as in int8, each 32 fp32 scales, 32 words of multipliers m, which are
//               signed bytes, one for each SPAN values in k, the first in the low bits; then GROUP/8 rows of 32 words,
//               two quads in k of b, the first in the low halves of the bytes; b = 8 where k >= K (see best_scale)
//
// source  one slab of the file's tensor, starting at row `first`:
//           Conv1D (transposed 0):  (K, N) row-major, a slab is `rows` values of k, `first` a multiple of BLOCK
//           Linear (transposed 1):  (N, K) row-major, a slab is `rows` values of n, `first` a multiple of 32
// packed  as WEIGHT_TYPE says
// flags   (tensors, 2): flags[2*tensor] counts values that are not finite in the file, the next those that do not fit
//         in 16 bits
//
// Global size (ITEMS ceil(N/32), ceil(rows/BLOCK)) for Conv1D, (ITEMS panels of the slab, ceil(K/BLOCK)) for Linear,
// local (ITEMS, 1): a panel's work-items pack BLOCK values of k, for which the lines that they read of a transposed
// source stay in the L1 cache. Processors have one item a panel, which packs 16 columns at a time; GPUs one a column,
// whose numbers are in registers then.
// Any M then reads one stream of weights once: see simd/linear.h.

#include "common/packed.h"
#include "common/prelude.h"

#ifndef SOURCE_TYPE
#define SOURCE_TYPE TYPE_F32  // element type of the file: of floats
#endif

#ifndef ITEMS
#define ITEMS 1  // work-items that share a panel: 1 or PANEL
#endif

// LANES columns that a work-item packs at a time, and what holds a number of each.
#if ITEMS == PANEL
#define LANES 1
#define FLOATS float
#define INTS int
#define UINTS uint
#define AS_UINTS as_uint
#define STORE_WORDS(x, to) *(to) = (x)
#define STORE_HALVES(x, to) vstore_half_rte(x, 0, to)
#define EACH UNROLL for  // over an array, which then is in registers
#define SCALES __local float scales[SPANS * ITEMS]  // each item its own
#define SCALE(s) scales[(s) * ITEMS + get_local_id(0)]
#else
#define LANES 16
#define FLOATS float16
#define INTS int16
#define UINTS uint16
#define AS_UINTS as_uint16
#define STORE_WORDS(x, to) vstore16(x, 0, to)
#define STORE_HALVES(x, to) vstore_half16_rte(x, 0, to)
#define EACH for
#define SCALES float16 scales[SPANS]
#define SCALE(s) scales[s]
#endif

#if SOURCE_TYPE == TYPE_F32
#define SOURCE float
#define LOAD(source, i) (source)[i]
#define LOAD16(source) vload16(0, source)
#elif SOURCE_TYPE == TYPE_F16
#define SOURCE half
#define LOAD(source, i) vload_half(i, source)
#define LOAD16(source) vload_half16(0, source)
#else
#define SOURCE ushort
#define LOAD(source, i) as_float((uint)(source)[i] << 16)
#define LOAD16(source) as_float16(convert_uint16(vload16(0, source)) << 16)
#endif

#if WEIGHT_TYPE == TYPE_F32
#define BLOCK 16
#define LARGEST FLT_MAX
#define STORE(x, to) STORE_WORDS(x, to)
#elif WEIGHT_TYPE == TYPE_F16
#define BLOCK 16
#define LARGEST 65504.0f
#define STORE(x, to) STORE_HALVES(x, to)
#elif WEIGHT_TYPE == TYPE_BF16
#define BLOCK 16
#define LARGEST 3.38953139e38f
#else
#define BLOCK GROUP
#define LARGEST FLT_MAX
#endif

/// Counts the values that are not finite, and those that are but do not fit.
inline void inspect(FLOATS x, int* infinite, int* large) {
#if LANES == 1
  if (fabs(x) < LARGEST) return;
  const float values[LANES] = {x};
#else
  if (all(isless(fabs(x), (float16)LARGEST))) return;
  float values[LANES];
  vstore16(x, 0, values);
#endif
  for (int j = 0; j < LANES; j++) {
    const float size = fabs(values[j]);
    *infinite += !(size <= FLT_MAX);
    *large += size <= FLT_MAX && size > LARGEST;
  }
}

/// LANES columns of a panel, from the `first` on, of one k.
inline FLOATS load_columns(__global const SOURCE* from, int transposed, int K, int width, int first) {
#if LANES == 1
  return first < width ? LOAD(from, transposed ? (size_t)first * K : first) : 0.0f;
#else
  if (!transposed && width >= first + 16) return LOAD16(from + first);
  float values[16];
  for (int j = 0; j < 16; j++)
    values[j] = first + j < width ? LOAD(from, transposed ? (size_t)(first + j) * K : first + j) : 0.0f;
  return vload16(0, values);
#endif
}

/// The nearest bf16 to each, ties to even, in the low half.
inline UINTS bf16_bits(FLOATS x) {
  const UINTS bits = AS_UINTS(x);
  return (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16;
}

#if WEIGHT_TYPE == TYPE_INT4
#define TRIED 11  // scales of a span

/// a / b, correctly rounded on all devices, so that they choose alike: their own division need not be.
inline FLOATS quotient(FLOATS a, FLOATS b) {
  FLOATS r = 1.0f / b;
  r = fma(r, fma(-b, r, (FLOATS)1.0f), r);
  const FLOATS q = a * r;
  return fma(fma(-b, q, a), r, q);
}

inline FLOATS nearest(FLOATS x) { return fmin(fmax(rint(x), (FLOATS)-8.0f), (FLOATS)7.0f); }

/// The scale of SPAN values of a column, by which -8 to 7 stand for them: of those that make the largest one -6.5 to
/// -9, the one with the least squared error, and that fitted to what it rounds them to.
inline FLOATS best_scale(const FLOATS values[SPAN]) {
  FLOATS extreme = 0.0f;
  EACH (int i = 0; i < SPAN; i++)
    extreme = select(extreme, values[i], isgreater(fabs(values[i]), fabs(extreme)));
  const INTS counts = isgreater(fabs(extreme), (FLOATS)1e-30f);
  const FLOATS inverse = quotient((FLOATS)-8.0f, select((FLOATS)1.0f, extreme, counts));
  FLOATS best = 0.0f, bestSquares = 1.0f;
  for (int t = 0; t < TRIED; t++) {
    const FLOATS factor = inverse * (0.8125f + 0.03125f * t);
    FLOATS products = 0.0f, squares = 0.0f;
    EACH (int i = 0; i < SPAN; i++) {
      const FLOATS q = nearest(values[i] * factor);
      products = fma(values[i] * inverse, q, products);
      squares = fma(q, q, squares);
    }
    // What the error is less than that of zeros: products^2 / squares.
    const INTS better = isgreater(products * products * bestSquares, best * best * squares);
    best = select(best, products, better);
    bestSquares = select(bestSquares, squares, better);
  }
  return select((FLOATS)0.0f, quotient(best, bestSquares) * (extreme * -0.125f), counts);
}
#endif

__kernel void pack(__global const SOURCE* restrict source, __global WEIGHT* restrict packed, __global int* flags,
                   const int N, const int K, const int first, const int rows, const int tensor, const int transposed) {
  const int x = (int)get_global_id(0) / ITEMS, y = (int)get_global_id(1) * BLOCK;
  const int ownPart = (int)get_global_id(0) % ITEMS * LANES;
  const int panel = transposed ? first / PANEL + x : x;
  const int end = min(y + BLOCK, transposed ? K : rows);
  const int width = min(PANEL, N - panel * PANEL);  // columns of the panel that there are
  __global const SOURCE* from = source + (size_t)x * PANEL * (transposed ? K : 1);
  const size_t step = transposed ? 1 : N;
  const int k0 = transposed ? 0 : first;
  int infinite = 0, large = 0;

#if WEIGHT_TYPE == TYPE_INT8
  __global WEIGHT* to = packed + ((size_t)panel * GROUPS(K) + (k0 + y) / GROUP) * GROUP_WORDS;
  for (int part = ownPart; part < PANEL; part += ITEMS * LANES) {
    FLOATS magnitude = 0.0f;
    for (int i = y; i < end; i++) {
      const FLOATS w = load_columns(from + i * step, transposed, K, width, part);
      inspect(w, &infinite, &large);
      magnitude = fmax(magnitude, fabs(w));
    }
    STORE_WORDS(AS_UINTS(magnitude / 127.0f), to + part);
    const FLOATS inverse = magnitude > 1e-30f ? 127.0f / magnitude : (FLOATS)0.0f;  // below, it may overflow
    for (int i = y; i < y + GROUP; i += 4) {
      UINTS quad = 0;
      for (int j = 0; j < 4; j++) {
        const FLOATS w = i + j < end ? load_columns(from + (i + j) * step, transposed, K, width, part) : (FLOATS)0.0f;
        quad |= (AS_UINTS(rint(w * inverse) + 128.0f + 8388608.0f) & 0xFFu) << (uint)(8 * j);
      }
      STORE_WORDS(quad, to + PANEL + (i - y) / 4 * PANEL + part);
    }
  }
#elif WEIGHT_TYPE == TYPE_INT4
  __global WEIGHT* to = packed + ((size_t)panel * GROUPS(K) + (k0 + y) / GROUP) * GROUP_WORDS;
  SCALES;
  for (int part = ownPart; part < PANEL; part += ITEMS * LANES) {
    FLOATS values[SPAN], largest = 0.0f;
    for (int s = 0; s < SPANS; s++) {
      EACH (int i = 0; i < SPAN; i++) {
        const int k = y + s * SPAN + i;
        values[i] = k < end ? load_columns(from + k * step, transposed, K, width, part) : (FLOATS)0.0f;
        inspect(values[i], &infinite, &large);
      }
      SCALE(s) = best_scale(values);
      largest = fmax(largest, fabs(SCALE(s)));
    }
    const FLOATS scale = largest * (1.0f / 127.0f);
    const INTS counts = isgreater(largest, (FLOATS)1e-31f);
    const FLOATS inverse = quotient((FLOATS)127.0f, select((FLOATS)1.0f, largest, counts));
    UINTS multipliers = 0;
    for (int s = 0; s < SPANS; s++) {
      const FLOATS multiplier = select((FLOATS)0.0f, rint(SCALE(s) * inverse), counts);
      multipliers |= (AS_UINTS(multiplier + ROUNDER) - ROUNDER_BITS & 0xFFu) << (uint)(8 * s);
      const INTS isZero = isequal(multiplier, (FLOATS)0.0f);
      const FLOATS over = select(quotient((FLOATS)1.0f, select(scale * multiplier, (FLOATS)1.0f, isZero)),
                                  (FLOATS)0.0f, isZero);
      for (int i = 0; i < SPAN; i += 8) {
        UINTS quads = 0;
        for (int j = 0; j < 8; j++) {
          const int k = y + s * SPAN + i + j;
          const FLOATS w = k < end ? load_columns(from + k * step, transposed, K, width, part) : (FLOATS)0.0f;
          quads |= (AS_UINTS(nearest(w * over) + 8.0f + 8388608.0f) & 0xFu) << (uint)(j % 4 * 8 + j / 4 * 4);
        }
        STORE_WORDS(quads, to + GROUP_HEAD + (s * SPAN + i) / 8 * PANEL + part);
      }
    }
    STORE_WORDS(AS_UINTS(scale), to + part);
    STORE_WORDS(multipliers, to + PANEL + part);
  }
#else
  for (int i = y; i < end; i += WEIGHT_TYPE == TYPE_BF16 ? 2 : 1)
    for (int part = ownPart; part < PANEL; part += ITEMS * LANES) {
      const FLOATS w = load_columns(from + i * step, transposed, K, width, part);
      inspect(w, &infinite, &large);
#if WEIGHT_TYPE == TYPE_BF16
      const FLOATS next =
          i + 1 < end ? load_columns(from + (i + 1) * step, transposed, K, width, part) : (FLOATS)0.0f;
      inspect(next, &infinite, &large);
      STORE_WORDS(bf16_bits(w) | bf16_bits(next) << 16,
                  packed + ((size_t)panel * ((K + 1) / 2) + (k0 + i) / 2) * PANEL + part);
#else
      STORE(w, packed + ((size_t)panel * K + k0 + i) * PANEL + part);
#endif
    }
#endif
  if (infinite) atomic_add(flags + 2 * tensor, infinite);
  if (large) atomic_add(flags + 2 * tensor + 1, large);
}
