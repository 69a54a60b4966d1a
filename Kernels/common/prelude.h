// Common definitions of the kernels.
#pragma once

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all devices and variants round alike

#define UNROLL _Pragma("unroll")
// Static, so that nothing is compiled that a program does not call.
#define INLINE static inline __attribute__((always_inline))  // a call would leave a tile's sums in memory

#define APART static __attribute__((noinline))  // compiled once, however often it is called

/// The work-item's place in its work-group. Compilers see that it is not below zero: their divisions become shifts.
#define ITEM ((int)(get_local_id(0) & 0xFFFu))

#define ADD(a, b) ((a) + (b))
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)

// 1.5 * 2^23: a float that is added to it becomes the nearest integer, ties to even, which then lies in the low bits.
#define ROUNDER 12582912.0f
#define ROUNDER_BITS 0x4B400000

// Whether this is compiled for the host's own processor, as PoCL does.
#if defined(__x86_64__) || defined(__aarch64__)
#define FOR_PROCESSOR 1
#else
#define FOR_PROCESSOR 0
#endif

// Fetches the line at `p` into the L2 cache, or near the core: into the L1 cache, which waits for few lines at a time.
#if FOR_PROCESSOR
#define FETCH(p) __builtin_prefetch((const void*)(size_t)(p), 0, 2)
#define FETCH_NEAR(p) __builtin_prefetch((const void*)(size_t)(p), 0, 3)
#else
#define FETCH(p)
#define FETCH_NEAR(p)
#endif
