// The words of the C that PTX becomes: a warp's registers are arrays of 32 lanes, and statements loop over them.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__F16C__)
#include <immintrin.h>
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef float f32;
typedef double f64;

#define INLINE static inline __attribute__((always_inline, unused))
#define ROUTINE static __attribute__((noinline, unused))
#define LANES for (int l = 0; l < WIDTH; l++)
#define WIDTH 32  // 1 where work-groups of one item run
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
