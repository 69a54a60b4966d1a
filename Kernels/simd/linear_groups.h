// Groups of integers of the linear layer for CPU-type devices: formulas and layouts in simd/linear.h, which defines TM.
//
//                    32 columns                            of a span
//     scales         | fp32         |        int8, int4    w: 4 words of 16 columns       a: 8 quads of a row
//     multipliers    | 4 bytes      |              int4    +----+----+----+----+          +--+--+--+--+--+--+--+--+
//     weights        | quads        |  GROUP/4     int8    |1 0 |3 2 |5 4 |7 6 |  quads   |0 |1 |2 |3 |4 |5 |6 |7 |
//                    | two quads    |  GROUP/8     int4    +----+----+----+----+          +--+--+--+--+--+--+--+--+
#pragma once
#include "common/packed.h"
#include "simd/dot_unit.h"

#if DOT_UNIT == DOT_VPMADDWD || DOT_UNIT == DOT_VPMADDUBSW
#define EIGHTS (TM <= 2 ? 4 : 2)  // vectors of eight columns, by TM rows of them at a time: as 16 registers hold

/// Adds a group's exact sums of the columns from the `first` eight on, times the scales of rows `x` and columns `w`.
INLINE void add_scaled(const int8 exact[TM][EIGHTS], __global const uint* x, __global const uint* w, const int xStride,
                       const int first, float16 sum[TM][2]) {
  UNROLL for (int i = 0; i < TM; i++) {
    const float scale = as_float(x[(size_t)i * xStride]);
    UNROLL for (int j = 0; j < EIGHTS; j += 2) {
      const int side = (first + j) / 2;
      sum[i][side] = fma(convert_float16((int16)(exact[i][j], exact[i][j + 1])), as_float16(vload16(side, w)) * scale,
                         sum[i][side]);
    }
  }
}
#endif

#if WEIGHT_TYPE == TYPE_INT8 && DOT_UNIT == DOT_VPMADDWD
/// Adds to the sums of TM rows a group's, the `g`-th of `groups`.
INLINE void add_group(__global const uint* x, __global const uint* w, const int xStride, const int g, const int groups,
                      const int ahead, float16 sum[TM][2]) {
  __global const uint* a = x + 2 * groups + g * QUADS;
  short16 pairs[2][TM][QUADS / 8];  // of the even bytes of eight quads, and of the odd ones
  UNROLL for (int i = 0; i < TM; i++)
    UNROLL for (int k = 0; k < QUADS / 16; k++) {
      const uint16 quads = vload16(k, a + (size_t)i * xStride);
      UNROLL for (int upper = 0; upper < 2; upper++) {
        const short16 bytes = as_short16(upper ? quads.hi : quads.lo);
        pairs[0][i][2 * k + upper] = bytes << (short16)8 >> (short16)8;
        pairs[1][i][2 * k + upper] = bytes >> (short16)8;
      }
    }
  for (int first = 0; first < PANEL / 8; first += EIGHTS) {
    __global const uint8* quads = (__global const uint8*)(w + PANEL) + first;
    int8 exact[TM][EIGHTS];
    UNROLL for (int i = 0; i < TM; i++)
      UNROLL for (int j = 0; j < EIGHTS; j++) exact[i][j] = (int)x[(size_t)i * xStride + 2 * g + 1];
    for (int k = 0; k < QUADS; k++) {
      UNROLL for (int j = 0; j < EIGHTS; j += 2) FETCH((__global const uint*)(quads + j) + ahead);
      UNROLL for (int odd = 0; odd < 2; odd++) {
        short16 wide[EIGHTS];
        UNROLL for (int j = 0; j < EIGHTS; j++)
          if (odd) ODD_BYTES(wide[j], quads[j]);
          else EVEN_BYTES(wide[j], quads[j]);
        UNROLL for (int i = 0; i < TM; i++) {
          const uint8 pair = ((const uint*)pairs[odd][i])[k];
          UNROLL for (int j = 0; j < EIGHTS; j++) ADD_PAIRS(exact[i][j], pair, wide[j]);
        }
      }
      quads += PANEL / 8;
    }
    add_scaled(exact, x + 2 * g, w, xStride, first, sum);
  }
}
#elif WEIGHT_TYPE == TYPE_INT8
/// Adds to the sums of TM rows a group's, the `g`-th of `groups`.
INLINE void add_group(__global const uint* x, __global const uint* w, const int xStride, const int g, const int groups,
                      const int ahead, float16 sum[TM][2]) {
  __global const uint* scales = w;
  __global const uint* a = x + 2 * groups + g * QUADS;
  w += PANEL;
  int16 exact[TM][2];
  UNROLL for (int i = 0; i < TM; i++) exact[i][0] = exact[i][1] = (int)x[(size_t)i * xStride + 2 * g + 1];
  for (int k = 0; k < QUADS; k++) {
    const uint16 w0 = vload16(0, w), w1 = vload16(1, w);
    FETCH(w + ahead);
    FETCH(w + ahead + 16);
    w += PANEL;
    UNROLL for (int i = 0; i < TM; i++) {
      const uint quad = a[(size_t)i * xStride + k];
      DOT(exact[i][0], quad, w0);
      DOT(exact[i][1], quad, w1);
    }
  }
  const float16 s0 = as_float16(vload16(0, scales)), s1 = as_float16(vload16(1, scales));
  UNROLL for (int i = 0; i < TM; i++) {
    const float scale = as_float(x[(size_t)i * xStride + 2 * g]);
    sum[i][0] = fma(convert_float16(exact[i][0]), s0 * scale, sum[i][0]);
    sum[i][1] = fma(convert_float16(exact[i][1]), s1 * scale, sum[i][1]);
  }
}
#elif WEIGHT_TYPE == TYPE_INT4 && DOT_UNIT == DOT_VPMADDUBSW
/// Adds to the sums of TM rows a group's, the `g`-th of `groups`.
INLINE void add_group(__global const uint* x, __global const uint* w, const int xStride, const int g, const int groups,
                      const int ahead, float16 sum[TM][2]) {
  __global const uint* a = x + 2 * groups + g * QUADS;
  __global const uint* offsets = x + SPAN_OFFSETS(groups) + g * SPANS;
  for (int first = 0; first < PANEL / 8; first += EIGHTS) {
    __global const uint8* words = (__global const uint8*)(w + GROUP_HEAD) + first;
    int8 exact[TM][EIGHTS];
    UNROLL for (int i = 0; i < TM; i++)
      UNROLL for (int j = 0; j < EIGHTS; j++) exact[i][j] = 0;
    for (int s = 0; s < SPANS; s++) {
      int8 ofSpan[TM][EIGHTS];  // each word two sums of 16 bits, the first of which begins as the offset
      UNROLL for (int i = 0; i < TM; i++)
        UNROLL for (int j = 0; j < EIGHTS; j++) ofSpan[i][j] = (int)offsets[(size_t)i * xStride + s] & 0xFFFF;
      UNROLL for (int k = s * SPAN / 4; k < (s + 1) * SPAN / 4; k += 2) {
        UNROLL for (int j = 0; j < EIGHTS; j += 2) FETCH((__global const uint*)(words + j) + ahead);
        UNROLL for (int second = 0; second < 2; second++) {
          uint8 quads[EIGHTS];
          UNROLL for (int j = 0; j < EIGHTS; j++)
            if (second) SECOND_QUADS(quads[j], words[j]);
            else FIRST_QUADS(quads[j], words[j]);
          UNROLL for (int i = 0; i < TM; i++) {
            const uint8 quad = a[(size_t)i * xStride + k + second];
            UNROLL for (int j = 0; j < EIGHTS; j++) ADD_QUADS(ofSpan[i][j], quad, quads[j]);
          }
        }
        words += PANEL / 8;
      }
      UNROLL for (int j = 0; j < EIGHTS; j += 2) {
        const uint16 multipliers = vload16((PANEL / 8 + first + j) / 2, w) << (uint)(24 - 8 * s);
        const uint16 m = as_uint16(as_int16(multipliers) >> 24) & 0xFFFFu, twice = m | m << 16;
        UNROLL for (int i = 0; i < TM; i++) {
          ADD_MULTIPLE(exact[i][j], ofSpan[i][j], twice.lo);
          ADD_MULTIPLE(exact[i][j + 1], ofSpan[i][j + 1], twice.hi);
        }
      }
    }
    add_scaled(exact, x + 2 * g, w, xStride, first, sum);
  }
}
#elif WEIGHT_TYPE == TYPE_INT4
/// Adds to the sums of TM rows a group's, the `g`-th of `groups`: of sixteen columns, then of sixteen more, as there
/// are registers for no more.
INLINE void add_group(__global const uint* x, __global const uint* w, const int xStride, const int g, const int groups,
                      const int ahead, float16 sum[TM][2]) {
  __global const uint* a = x + 2 * groups + g * QUADS;
  __global const uint* offsets = x + SPAN_OFFSETS(groups) + g * SPANS;
  UNROLL for (int j = 0; j < 2; j++) {
    const float16 scales = as_float16(vload16(j, w));
    const uint16 multipliers = vload16(2 + j, w);
    int16 exact[TM];
    UNROLL for (int i = 0; i < TM; i++) exact[i] = 0;
    for (int s = 0; s < SPANS; s++) {
      int16 ofSpan[TM];
      UNROLL for (int i = 0; i < TM; i++) ofSpan[i] = (int)offsets[(size_t)i * xStride + s];
      UNROLL for (int k = s * SPAN / 8; k < (s + 1) * SPAN / 8; k++) {
        __global const uint* line = w + GROUP_HEAD + k * PANEL + 16 * j;
        const uint16 quads = vload16(0, line);
        FETCH(line + ahead);
        const uint16 low = quads & 0x0F0F0F0Fu, high = quads >> 4 & 0x0F0F0F0Fu;
        UNROLL for (int i = 0; i < TM; i++) {
          DOT(ofSpan[i], a[(size_t)i * xStride + 2 * k], low);
          DOT(ofSpan[i], a[(size_t)i * xStride + 2 * k + 1], high);
        }
      }
      const uint16 m = as_uint16(as_int16(multipliers << (uint)(24 - 8 * s)) >> 24) & 0xFFFFu;
      UNROLL for (int i = 0; i < TM; i++) ADD_MULTIPLE(exact[i], ofSpan[i], m);
    }
    UNROLL for (int i = 0; i < TM; i++)
      sum[i][j] = fma(convert_float16(exact[i]), scales * as_float(x[(size_t)i * xStride + 2 * g]), sum[i][j]);
  }
}
#endif
