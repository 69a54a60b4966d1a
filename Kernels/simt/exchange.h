// What work-groups of one launch tell each other, for GPU-type devices.
//
// OpenCL 1.2 gives them atomics and nothing else: a number that another group reads is put and got by atomics, which
// meet in the cache that all compute units share, and a fence of the device stands between it and the counter that
// says it is there. The fence of OpenCL 1.2 may be one of the work-group alone: where a compiler has one of the device,
// that is taken, and its volatile accesses, which go past the units' own caches, do for the numbers.

#pragma once
#include "common/prelude.h"

#if defined(__NVPTX__) || defined(__NV_CL_C_VERSION)
#define DEVICE_FENCE() __asm__ volatile("membar.gl;" ::: "memory")
#define ACCESSES_ARE_SHARED 1
#elif defined(__AMDGCN__)
#define DEVICE_FENCE() __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "agent")
#define ACCESSES_ARE_SHARED 1
#else
#define DEVICE_FENCE() mem_fence(CLK_GLOBAL_MEM_FENCE)
#define ACCESSES_ARE_SHARED 0
#endif
#ifndef HAS_DEVICE_FENCE
#define HAS_DEVICE_FENCE ACCESSES_ARE_SHARED  // of the device for certain
#endif

INLINE void put_word(volatile __global uint* to, const uint x) {
  if (ACCESSES_ARE_SHARED)
    *to = x;
  else
    atomic_xchg(to, x);
}

INLINE uint get_word(volatile __global uint* from) { return ACCESSES_ARE_SHARED ? *from : atomic_or(from, 0u); }

INLINE void put(volatile __global float* to, const float x) { put_word((volatile __global uint*)to, as_uint(x)); }

INLINE float get(volatile __global float* from) { return as_float(get_word((volatile __global uint*)from)); }

/// Whether this work-group is the last of `groups` to come here: then it sees what all of them have written. Every item
/// must call it. `arrivals` counts them, and is 0 before the first and behind the last.
INLINE int is_last(volatile __global int* arrivals, const int groups, __local int* result) {
  DEVICE_FENCE();  // each item for what it has written; then one for all
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  if (get_local_id(0) == 0) {
    DEVICE_FENCE();
    *result = atomic_inc(arrivals) == groups - 1;
    DEVICE_FENCE();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  // Behind the fence, which would wait for it.
  if (*result && get_local_id(0) == 0) atomic_xchg(arrivals, 0);
  return *result;
}

#ifndef PATIENCE
#define PATIENCE 20000000  // some seconds, of a GPU or a processor
#endif

/// What a work-group waits for: that others have announced `target` times what they have written; or nothing.
typedef struct {
  volatile __global int* count;
  int target;
} Awaited;

/// Tells others what the work-group has written. Every item must call it.
INLINE void announce(volatile __global int* count) {
  DEVICE_FENCE();  // each item for what it has written; then one for all
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  if (get_local_id(0) > 0) return;
  DEVICE_FENCE();
  atomic_inc(count);
}

/// Waits, PATIENCE attempts at the most. Returns whether it was announced: then the work-group sees what others have
/// written. Every item must call it.
INLINE int await(const Awaited what, __local int* result) {
  if (!what.count) return 1;
  if (get_local_id(0) == 0) {
    int left = PATIENCE;
    while (atomic_or(what.count, 0) < what.target && left > 0) left--;
    *result = left > 0;
    DEVICE_FENCE();
  }
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  return *result;
}
