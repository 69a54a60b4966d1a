// Layer norm for CPU-type devices: y[r][c] = (x[m][c] - mean) / sqrt(variance + epsilon) * gain[c] + bias[c],  m = rows[r]
//
// x        (M, stride) fp32          gain, bias  (C) fp32
// rows     (R) which rows of x to take, so that the head normalises only rows that are sampled; where gather is 0, row r itself
// y        (R, stride) fp32
// operand  (R, operandStride) what quantize_panel.cl makes of y, where QUANTIZES
//
// Global size (R), local (1).  Two passes, fp32, in a fixed order: variance is the mean of squared differences, as in torch.

#pragma OPENCL FP_CONTRACT OFF  // every fma is written out, so that all variants round alike

#ifndef QUANTIZES
#define QUANTIZES 0  // 1 behind quantize_panel.cl: saves the start of a kernel
#endif

inline float sum_lanes(float16 v) {
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void layer_norm(__global const float* restrict x, __global const int* restrict rows, __global const float* restrict gain,
                __global const float* restrict bias, __global float* restrict y, __global uint* restrict operand,
                const int C, const int stride, const int operandStride, const float epsilon, const int gather) {
  const size_t r = get_global_id(0);
  x += (gather ? (size_t)rows[r] : r) * stride;
  y += r * stride;
  const int whole = C & ~15;

  float16 partial = 0.0f;
  float rest = 0.0f;
  for (int c = 0; c < whole; c += 16) partial += vload16(0, x + c);
  for (int c = whole; c < C; c++) rest += x[c];
  const float mean = (sum_lanes(partial) + rest) / C;

  partial = 0.0f;
  rest = 0.0f;
  for (int c = 0; c < whole; c += 16) {
    const float16 d = vload16(0, x + c) - mean;
    partial = fma(d, d, partial);
  }
  for (int c = whole; c < C; c++) rest = fma(x[c] - mean, x[c] - mean, rest);
  const float scale = 1.0f / sqrt((sum_lanes(partial) + rest) / C + epsilon);

  for (int c = 0; c < whole; c += 16)
    vstore16(fma((vload16(0, x + c) - mean) * scale, vload16(0, gain + c), vload16(0, bias + c)), 0, y + c);
  for (int c = whole; c < C; c++) y[c] = fma((x[c] - mean) * scale, gain[c], bias[c]);
#if QUANTIZES
  quantize_row(y, operand + r * operandStride, C);
#endif
}
