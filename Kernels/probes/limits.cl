// The limits of a device: a copy, a read of memory, and multiply-adds in registers.
//
//   copy_numbers: y[i] = x[i]                               bytes: 8 n
//   read_numbers: y[item] = the sum of the item's numbers   bytes: 4 n
//   multiply_add: y[item] = sums of v = v a + b             FLOP:  2 x WIDTH x CHAINS x rounds an item
//
// x, y  n numbers, n a multiple of WIDTH x VECTORS x the global size.  y holds at least one number an item.
//
// Any global and local size.  With CHUNKED 1 an item takes one run of memory, as suits a processor's cores; with 0
// neighbouring items take neighbouring numbers, as suits a GPU.

#include "common/prelude.h"

#ifndef WIDTH
#define WIDTH 16  // numbers of a vector: 16 for CPU-type devices, 4 for GPUs
#endif
#ifndef CHUNKED
#define CHUNKED 1
#endif
#ifndef CHAINS
#define CHAINS 16  // sums that do not wait for one another
#endif
#define VECTORS 4  // vectors in a round of the copy and the read

#define T JOIN(float, WIDTH)
#define LOAD JOIN(vload, WIDTH)
#define STORE JOIN(vstore, WIDTH)

/// Where vector `u` of round `i` of an item lies.
inline size_t place(const size_t i, const int u, const size_t rounds) {
  const size_t item = get_global_id(0);
  return CHUNKED ? (item * rounds + i) * VECTORS + u : (i * VECTORS + u) * get_global_size(0) + item;
}

inline float sum(const T v) {
  float lanes[WIDTH], total = 0.0f;
  STORE(v, 0, lanes);
  for (int lane = 0; lane < WIDTH; lane++) total += lanes[lane];
  return total;
}

__kernel void copy_numbers(__global const float* restrict x, __global float* restrict y, const int n) {
  const size_t rounds = (size_t)n / WIDTH / VECTORS / get_global_size(0);
  for (size_t i = 0; i < rounds; i++)
    for (int u = 0; u < VECTORS; u++) STORE(LOAD(place(i, u, rounds), x), place(i, u, rounds), y);
}

__kernel void read_numbers(__global const float* restrict x, __global float* restrict y, const int n) {
  const size_t rounds = (size_t)n / WIDTH / VECTORS / get_global_size(0);
  T a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
  for (size_t i = 0; i < rounds; i++) {
    a += LOAD(place(i, 0, rounds), x);
    b += LOAD(place(i, 1, rounds), x);
    c += LOAD(place(i, 2, rounds), x);
    d += LOAD(place(i, 3, rounds), x);
  }
  y[get_global_id(0)] = sum((a + b) + (c + d));
}

__kernel void multiply_add(__global float* restrict y, const float a, const float b, const int rounds) {
  T v[CHAINS];
  UNROLL for (int chain = 0; chain < CHAINS; chain++) v[chain] = (T)((float)get_global_id(0) + chain);
  for (int round = 0; round < rounds; round++) {
    UNROLL for (int chain = 0; chain < CHAINS; chain++) v[chain] = fma(v[chain], (T)(a), (T)(b));
  }
  T total = 0.0f;
  UNROLL for (int chain = 0; chain < CHAINS; chain++) total += v[chain];
  y[get_global_id(0)] = sum(total);
}
