// Operands of products with bf16 or int8 weights, for GPU-type devices: rows of activations, rounded.
//
// Formulas, buffers and WEIGHT_TYPE as in quantize_panel.cl.
//
// Global size (32, ceil(K/GROUP), M), local (32, 1, 1): a work-group a group of a row, an item a run of GROUP/32 values.
// Other kernels of the workgroup family hand their own rows to quantize_group.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all devices round alike

#ifndef WEIGHT_TYPE
#define WEIGHT_TYPE 17  // of the weights: 17 bf16, 8 int8
#endif
#ifndef GROUP
#define GROUP 128  // values of k that share a scale
#endif
#define ITEMS 32  // neighbours in a work-group, which round a group of a row together
#define RUN (GROUP / ITEMS)  // values of an item: an even number, for int8 a multiple of 4
#define SHARED(items) (WEIGHT_TYPE == 8 ? 2 * (items) : 1)  // words of local memory for a work-group of `items`

/// Rounds group `g` of `groups` of a row, of which the item has the run of values that begins at its place among ITEMS.
/// Every item of the work-group of `items` must call it; nothing is written where g is not below `groups`.
inline void quantize_group(const uint bits[RUN], __global uint* operand, const int g, const int groups,
                           __local uint* shared, const int items) {
  const int item = (int)get_local_id(0), lane = item % ITEMS;
#if WEIGHT_TYPE == 17
  if (g < groups)
    for (int i = 0; i < RUN; i += 2) {
      const uint low = bits[i] + 0x7FFFu + (bits[i] >> 16 & 1u), high = bits[i + 1] + 0x7FFFu + (bits[i + 1] >> 16 & 1u);
      operand[(g * GROUP + lane * RUN + i) / 2] = low >> 16 | (high & 0xFFFF0000u);
    }
#else
  __local uint* magnitudes = shared;
  __local int* sums = (__local int*)shared + items;
  uint largest = 0;  // as bits, which order magnitudes, NaN above all
  for (int i = 0; i < RUN; i++) largest = max(largest, bits[i] & 0x7FFFFFFFu);
  magnitudes[item] = largest;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int width = ITEMS / 2; width > 0; width /= 2) {
    if (lane < width) magnitudes[item] = max(magnitudes[item], magnitudes[item + width]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float magnitude = as_float(magnitudes[item - lane]);
  const float inverse = magnitude > 1e-30f ? 127.0f / magnitude : 0.0f;  // below, the reciprocal may overflow

  int sum = 0;
  for (int i = 0; i < RUN; i += 4) {
    uint quad = 0;
    for (int j = 0; j < 4; j++) {
      const int q = as_int(as_float(bits[i + j]) * inverse + 12582912.0f) - 0x4B400000;  // 1.5 * 2^23: rounds to nearest even
      sum += q;
      quad |= ((uint)q & 0xFFu) << (8 * j);
    }
    if (g < groups) operand[2 * groups + (g * GROUP + lane * RUN + i) / 4] = quad;
  }
  sums[item] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int width = ITEMS / 2; width > 0; width /= 2) {
    if (lane < width) sums[item] += sums[item + width];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (lane == 0 && g < groups) {
    operand[2 * g] = as_uint(magnitude / 127.0f);
    operand[2 * g + 1] = as_uint(-128 * sums[item]);
  }
#endif
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void quantize(__global const float* restrict x, __global uint* restrict operand, const int K, const int xStride,
              const int stride) {
  __local uint shared[SHARED(ITEMS)];
  const size_t m = get_group_id(2);
  const int g = (int)get_group_id(1), first = g * GROUP + (int)get_local_id(0) * RUN;
  x += m * xStride;
  uint bits[RUN];
  for (int i = 0; i < RUN; i++) bits[i] = first + i < K ? as_uint(x[first + i]) : 0u;
  quantize_group(bits, operand + m * stride, g, (K + GROUP - 1) / GROUP, shared, ITEMS);
}
