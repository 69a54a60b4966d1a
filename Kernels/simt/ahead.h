// Weights that the next launches read, on their way to the cache that all compute units share while this launch waits
// for its sums, and while none runs. No number depends on it.

#pragma once
#include "common/prelude.h"

#define SECTOR_CHUNKS 2  // of 16 bytes, in what comes from memory at once: 32 bytes

/// Asks for a share of `count` sectors from the `first` on: that of the `group`-th of `groups` work-groups of `items`.
INLINE void fetch_ahead(__global const uint4* weights, const int first, const int count, const int group,
                        const int groups, const int items) {
#if defined(__NVPTX__) || defined(__NV_CL_C_VERSION)
  const int stride = groups * items;
  int i = group * items + ITEM;
  weights += (size_t)first * SECTOR_CHUNKS;
#define ASK(i) __asm__ volatile("prefetch.global.L2 [%0];" : : "l"(weights + (size_t)(i) * SECTOR_CHUNKS))
  for (; i + 3 * stride < count; i += 4 * stride) UNROLL for (int j = 0; j < 4; j++) ASK(i + j * stride);
  for (; i < count; i += stride) ASK(i);
#endif
}
