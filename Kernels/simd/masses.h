// Logits of a row, sixteen at a time, as integers: ranks, depths, masses (common/sampling_row.h), and the maxima of its
// blocks, which bound the search for its best.
#pragma once
#include "common/sampling_row.h"
#include "simd/lanes.h"

#ifndef BLOCKS  // most blocks of a row: 12 bytes of private memory each
#define BLOCKS 1024
#endif

#define LANES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))

// Subnormal numbers and negative zero as zero: devices may flush them, and ranks tell zeros apart.
inline float16 normal(float16 v) { return (as_int16(v) & 0x7F800000) == 0 ? (float16)(0) : v; }

// Sixteen logits; minus infinity behind the end of the row.
inline float16 loadLogits(__global const float *logits, int start, int V) {
  if (start + 16 <= V) return normal(vload16(0, logits + start));
  float lanes[16];
  for (int lane = 0; lane < 16; ++lane) lanes[lane] = start + lane < V ? logits[start + lane] : -INFINITY;
  return normal(vload16(0, lanes));
}

inline uint16 rankOf(float16 score) {
  uint16 bits = as_uint16(score);
  return as_int16(bits) < 0 ? bits : bits ^ 0x7FFFFFFFu;
}

inline float scoreOf(uint rank) { return as_float((int)rank < 0 ? rank : rank ^ 0x7FFFFFFFu); }

inline uint16 depthOf(float16 score, float maximum, float scale) {
  float16 octaves = (maximum - score) * scale;
  return as_uint16(convert_int16((octaves < 63.0f ? octaves : (float16)(63.0f)) * 16777216.0f));
}

// 2^-x = 1 - x (c1 - x (c2 - x (c3 - x (c4 - x c5)))) for x in [0, 1), all in units of 2^-32 (see TokenMass).
// The masks tell the compiler that 32 x 32 bits are multiplied.
APART ulong16 massOf(uint16 depth) {
  const ulong low = 0xFFFFFFFFul;
  ulong16 x = convert_ulong16((depth & 0xFFFFFFu) << 8);
  ulong16 power = (0x025A8645ul - ((x * 0x003D94DEul) >> 32)) & low;
  power = (0x0E275966ul - ((x * power) >> 32)) & low;
  power = (0x3D7C413Cul - ((x * power) >> 32)) & low;
  power = (0xB171D93Dul - ((x * power) >> 32)) & low;
  power = 0x100000000ul - ((x * power) >> 32);
  return (power << 8) >> convert_ulong16(depth >> 24);
}

// The k-th largest of the blocks' maxima.
inline float boundOf(const float *maxima, uint k) {
  if (k > BLOCKS) return -INFINITY;
  uint found = 0;
  for (uint bit = 0x80000000u; bit > 0; bit >>= 1) {
    int16 better = 0;  // minus their number: a comparison that holds is -1
    for (int block = 0; block < BLOCKS; block += 16)
      better += rankOf(vload16(0, maxima + block)) < (found | bit);
    int8 a = better.lo + better.hi;
    int4 b = a.lo + a.hi;
    if ((uint)-(b.x + b.y + b.z + b.w) < k) found |= bit;
  }
  return scoreOf(found);
}
