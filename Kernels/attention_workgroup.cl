// Causal attention with a key-value cache for GPU-type devices: a work-group a row and head, online softmax over blocks of LOCAL positions.
//
//   y[m][h*D + d] = sum_j softmax_j(scale * q[m][h] . k[j][h]) v[j][h][d],   j from 0 to the row's own position
//
// qkv            (M, qkvStride) fp32: queries, keys, values of a row, H heads of D channels each
// rows           (M) of int4: slot, position, token (below zero: the slot's last sample), unused
// table          (slots, B): the pages of 64 positions that a slot's positions lie in
// ended          (slots): not 0 where the slot's sequence has ended; its rows of last samples are left out
// keys, values   (pages, H, 64, D); masked positions are not loaded: pages hold what their last owners left behind
// y              (M, yStride) fp32
//
// append: global size (D, H, M), any local.  attend: global (LOCAL, H, M), local (LOCAL, 1, 1).
// Every work-item reaches every barrier: the bounds of the loops around them are the same for the whole group.
// Source: Milakov and Gimelshein 2018 (online softmax).

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all devices round alike

#ifndef D
#define D 64  // channels of a head
#endif
#ifndef LOCAL
#define LOCAL 64  // work-items of a work-group and positions of a block, a power of two, at most PAGE
#endif
#define PAGE 64  // positions of a page
#ifndef CACHE_BITS
#define CACHE_BITS 16  // storage of keys and values: 16 fp16, 32 fp32
#endif

#if CACHE_BITS == 32
#define CACHE float
#define LOAD(p, i) (p)[i]
#define STORE(x, i, p) (p)[i] = (x)
#else
#define CACHE half
#define LOAD(p, i) vload_half(i, p)
#define STORE(x, i, p) vstore_half_rte(x, i, p)
#endif

__kernel void append(__global const float* restrict qkv, __global const int4* restrict rows,
                     __global const int* restrict table, __global CACHE* restrict keys, __global CACHE* restrict values,
                     const int H, const int B, const int qkvStride) {
  const size_t d = get_global_id(0), h = get_global_id(1), m = get_global_id(2);
  const int position = rows[m].y;
  const size_t page = table[(size_t)rows[m].x * B + position / PAGE];
  const size_t to = ((page * H + h) * PAGE + position % PAGE) * D + d;
  __global const float* row = qkv + m * qkvStride + h * D + d;
  STORE(row[H * D], to, keys);
  STORE(row[2 * H * D], to, values);
}

/// scratch[0] of a tree over the work-group: the largest value or the sum.
#define GROUP_REDUCE(scratch, COMBINE)                                                        \
  for (int width = LOCAL / 2; width > 0; width /= 2) {                                        \
    barrier(CLK_LOCAL_MEM_FENCE);                                                             \
    if (item < width) scratch[item] = COMBINE(scratch[item], scratch[item + width]);          \
  }                                                                                           \
  barrier(CLK_LOCAL_MEM_FENCE);
#define ADD(a, b) ((a) + (b))

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void attend(__global const float* restrict qkv, __global const int4* restrict rows, __global const int* restrict table,
            __global const int* restrict ended, __global const CACHE* restrict keys,
            __global const CACHE* restrict values, __global float* restrict y, const int H, const int B,
            const int qkvStride, const int yStride, const float scale) {
  __local float q[D], sum[D], p[LOCAL], scratch[LOCAL];
  const int item = (int)get_local_id(0);
  const size_t h = get_group_id(1), m = get_group_id(2);
  const int slot = rows[m].x;
  // Without a position, nothing of what follows runs but its barriers.
  const int last = rows[m].z < 0 && ended[slot] ? -1 : rows[m].y;
  table += (size_t)slot * B;
  for (int d = item; d < D; d += LOCAL) {
    q[d] = qkv[m * qkvStride + h * D + d];
    sum[d] = 0.0f;
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  float largest = -INFINITY, total = 0.0f;
  for (int first = 0; first <= last; first += LOCAL) {
    const int j = first + item;
    const size_t block = ((table[first / PAGE] * (size_t)H + h) * PAGE + first % PAGE) * D;
    float s = -INFINITY;
    if (j <= last) {
      s = 0.0f;
      for (int d = 0; d < D; d++) s = fma(q[d], LOAD(keys, block + item * D + d), s);
      s *= scale;
    }
    scratch[item] = s;
    GROUP_REDUCE(scratch, fmax)
    const float before = largest;
    largest = fmax(before, scratch[0]);
    const float fade = exp(before - largest);
    barrier(CLK_LOCAL_MEM_FENCE);
    p[item] = scratch[item] = exp(s - largest);
    GROUP_REDUCE(scratch, ADD)
    total = fma(total, fade, scratch[0]);

    const int count = min(LOCAL, last - first + 1);
    for (int d = item; d < D; d += LOCAL) {
      float sumd = sum[d] * fade;
      for (int i = 0; i < count; i++) sumd = fma(p[i], LOAD(values, block + i * D + d), sumd);
      sum[d] = sumd;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (last < 0) return;
  for (int d = item; d < D; d += LOCAL) y[m * yStride + h * D + d] = sum[d] / total;
}
