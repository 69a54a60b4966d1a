// The values of a work-group's items taken together.
#pragma once
#include "common/prelude.h"

/// Leaves in shared[0] what TAKE makes of shared[0 ..< size], by a tree: size is a power of two, an item's own value
/// lies at its place. Every item must come here.
#define REDUCE(shared, item, size, TAKE)                                                         \
  do {                                                                                           \
    barrier(CLK_LOCAL_MEM_FENCE);                                                                \
    for (uint rest = (size) / 2; rest > 0; rest /= 2) {                                          \
      if ((uint)(item) < rest) (shared)[item] = TAKE((shared)[item], (shared)[(item) + rest]);   \
      barrier(CLK_LOCAL_MEM_FENCE);                                                              \
    }                                                                                            \
  } while (0)
