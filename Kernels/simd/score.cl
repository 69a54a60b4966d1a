// Log-probability of one token a row, for CPU-type devices: log p = logit[target] - log sum_v exp(logit[v]), as a pair
//
//   difference = maximum - logit[target],   mass = sum_v exp(logit[v] - maximum);   log p = -difference - log(mass)
//
// logits   (R, stride) fp32, V of each row are read
// targets  (R) the token of each row
// scores   (R) of {difference, mass}, TokenScore in Swift; not finite where a logit is NaN or plus infinity
//
// Global size (R), local (1).  Sixteen sums a row in blocks of BLOCK vectors, always in the same order: a sum of 50,257
// numbers in one go would lose two more digits.

#include "simd/lanes.h"

#ifndef BLOCK
#define BLOCK 32  // vectors of 16 whose sum is taken before it joins the row's
#endif

/// As fmax takes it: a number, where there is one.
inline float largest_of(float16 v) {
  const float8 a = fmax(v.lo, v.hi);
  const float4 b = fmax(a.lo, a.hi);
  const float2 c = fmax(b.lo, b.hi);
  return fmax(c.x, c.y);
}

/// Sixteen logits; minus infinity, which adds nothing, behind the end of the row.
inline float16 load(__global const float* logits, const int start, const int V) {
  if (start + 16 <= V) return vload16(0, logits + start);
  float lanes[16];
  for (int lane = 0; lane < 16; lane++) lanes[lane] = start + lane < V ? logits[start + lane] : -INFINITY;
  return vload16(0, lanes);
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void score(__global const float* restrict logits, __global const int* restrict targets,
           __global float2* restrict scores, const int V, const int stride) {
  const size_t r = get_global_id(0);
  logits += r * stride;

  float16 largest = -INFINITY;
  for (int start = 0; start < V; start += 16) largest = fmax(largest, load(logits, start, V));
  const float maximum = largest_of(largest);

  float16 mass = 0.0f;
  for (int first = 0; first < V; first += 16 * BLOCK) {
    float16 partial = 0.0f;
    for (int start = first; start < min(V, first + 16 * BLOCK); start += 16)
      partial += exp(load(logits, start, V) - maximum);
    mass += partial;
  }
  scores[r] = (float2)(maximum - logits[targets[r]], sum16(mass));
}
