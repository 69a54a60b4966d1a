// x[m][c] = wte[token(m)][c] + wpe[position(m)][c]                       Radford et al. 2019; modeling_gpt2.py
//
// rows    (M) of int4: slot, position, token (below zero: the slot's last sample), one that is not read
// sampled (slots) the last token sampled for each slot
// wte     packed as the head reads it, in WEIGHT_TYPE (pack.cl): the column of a token
// wpe     (T, C) fp32
// x       (M, stride) fp32; the columns from C to stride are set to zero
//
// Global size (stride rounded up to LOCAL, M), local (LOCAL, 1).

#include "common/packed.h"

#ifndef LOCAL
#define LOCAL 32  // work-items in a work-group
#endif

/// w[c][token] of a packed matrix of C inputs.
inline float weight(__global const WEIGHT* w, int token, int c, int C) {
  const size_t panel = token / PANEL;
  const int column = token % PANEL;
#if WEIGHT_TYPE == TYPE_F32
  return w[(panel * C + c) * PANEL + column];
#elif WEIGHT_TYPE == TYPE_F16
  return vload_half((panel * C + c) * PANEL + column, w);
#elif WEIGHT_TYPE == TYPE_BF16
  const uint pair = w[(panel * ((C + 1) / 2) + c / 2) * PANEL + column];
  return as_float(c % 2 ? pair & 0xFFFF0000u : pair << 16);
#else
  w += (panel * GROUPS(C) + c / GROUP) * GROUP_WORDS + column;
  const uint quad = w[PANEL + c % GROUP / 4 * PANEL];
  return as_float(w[0]) * ((int)(quad >> (8 * (c % 4)) & 0xFFu) - 128);
#endif
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void embed(__global const int4* restrict rows, __global const int* restrict sampled,
           __global const WEIGHT* restrict wte, __global const float* restrict wpe,
           __global float* restrict x, const int C, const int stride) {
  const int c = (int)get_global_id(0);
  const size_t m = get_global_id(1);
  const int4 row = rows[m];
  const int token = row.z < 0 ? sampled[row.x] : row.z;
  if (c < stride) x[m * stride + c] = c < C ? weight(wte, token, c, C) + wpe[(size_t)row.y * C + c] : 0.0f;
}
