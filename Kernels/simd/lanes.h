// The sixteen lanes of a vector taken together, always in the same order: halves, quarters, pairs.
#pragma once
#include "common/prelude.h"

#define TAKE_LANES(NAME, TYPE, TAKE)                                 \
  inline TYPE NAME(const JOIN(TYPE, 16) v) {                         \
    const JOIN(TYPE, 8) a = TAKE(v.lo, v.hi);                        \
    const JOIN(TYPE, 4) b = TAKE(a.lo, a.hi);                        \
    const JOIN(TYPE, 2) c = TAKE(b.lo, b.hi);                        \
    return TAKE(c.x, c.y);                                           \
  }
#define LARGER(a, b) ((a) > (b) ? (a) : (b))  // one instruction, fmax three: that has to look for NaN
#define EITHER(a, b) ((a) | (b))

TAKE_LANES(sum16, float, ADD)
TAKE_LANES(sum16_int, int, ADD)
TAKE_LANES(sum16_ulong, ulong, ADD)
TAKE_LANES(max16, float, LARGER)
TAKE_LANES(max16_uint, uint, max)
TAKE_LANES(any16, int, EITHER)
