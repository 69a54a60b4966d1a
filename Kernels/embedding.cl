// x[m][c] = wte[token(m)][c] + wpe[position(m)][c]                         Radford et al. 2019; transformers modeling_gpt2.py
//
// rows    (M) of int4: slot, position, token, unused; a token below zero stands for the slot's last sample
// sampled (slots) the last token sampled for each slot
// wte     packed (ceil(V/32), C, 32), as the head reads it (pack.cl): token v's channel c at ((v/32)*C + c)*32 + v%32
// wpe     packed likewise, (ceil(T/32), C, 32)
// x       (M, stride) fp32; the columns from C to stride are set to zero
//
// Global size (stride, M), local (LOCAL, 1): stride is a multiple of 32.

#ifndef WEIGHT_BITS
#define WEIGHT_BITS 16  // storage of the packed weights: 16 fp16, 32 fp32
#endif
#ifndef LOCAL
#define LOCAL 32  // work-items in a work-group
#endif
#define PANEL 32

#if WEIGHT_BITS == 32
#define WEIGHT float
#define LOAD(w, i) (w)[i]
#else
#define WEIGHT half
#define LOAD(w, i) vload_half(i, w)
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void embed(__global const int4* restrict rows, __global const int* restrict sampled,
           __global const WEIGHT* restrict wte, __global const WEIGHT* restrict wpe,
           __global float* restrict x, const int C, const int stride) {
  const int c = (int)get_global_id(0);
  const size_t m = get_global_id(1);
  const int4 row = rows[m];
  const int token = row.z < 0 ? sampled[row.x] : row.z;
  const int position = row.y;
  float sum = 0.0f;
  if (c < C)
    sum = LOAD(wte, ((size_t)(token / PANEL) * C + c) * PANEL + token % PANEL) +
          LOAD(wpe, ((size_t)(position / PANEL) * C + c) * PANEL + position % PANEL);
  x[m * stride + c] = sum;
}
