// Log-probability of one token a row, for GPU-type devices: log p = logit[target] - log sum_v exp(logit[v]), as a pair
//
//   difference = maximum - logit[target],   mass = sum_v exp(logit[v] - maximum);   log p = -difference - log(mass)
//
// Buffers as in simd/score.cl.  Global size (LOCAL * R), local (LOCAL): one work-group a row, trees in local memory.

#include "simt/group.h"

#ifndef LOCAL
#define LOCAL 256  // work-items of a work-group, a power of two
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void score(__global const float* restrict logits, __global const int* restrict targets,
           __global float2* restrict scores, const int V, const int stride) {
  __local float scratch[LOCAL];
  const size_t r = get_group_id(0);
  const int item = (int)get_local_id(0);
  logits += r * stride;

  float largest = -INFINITY;
  for (int v = item; v < V; v += LOCAL) largest = fmax(largest, logits[v]);
  scratch[item] = largest;
  REDUCE(scratch, item, LOCAL, fmax);
  const float maximum = scratch[0];
  barrier(CLK_LOCAL_MEM_FENCE);

  float mass = 0.0f;
  for (int v = item; v < V; v += LOCAL) mass += exp(logits[v] - maximum);
  scratch[item] = mass;
  REDUCE(scratch, item, LOCAL, ADD);
  if (item == 0) scores[r] = (float2)(maximum - logits[targets[r]], scratch[0]);
}
