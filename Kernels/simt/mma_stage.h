// A stage of weights for tensor cores: 4 V steps of WIDTH columns, which are to be defined, in local memory.
//
//   chunks of 16 bytes (4 V, WIDTH/V): rows in the order of slots (mma.h), those of a row exchanged among one another,
//   so that what a warp reads at once is in different banks
//
// No kernel: others include it, and are empty where DOT_UNIT is another.

#pragma once
#include "simt/mma.h"

#if DOT_UNIT == DOT_MMA
#ifndef HALVES
#define HALVES 1  // 2: a long K is two sums, which are added at the end; 0, for few rows: as a launch is told
#endif
#define FIRST_HALF(parts) ((parts) / HALVES)  // how many of a sum's parts are of the first one
#define TILES (WIDTH / 8)       // mma's side by side
#define BLOCKS 2                // and along k in a stage
#define ROW_CHUNKS (WIDTH / V)  // of a step
#define STAGE_STEPS (4 * V)
#define STAGE_CHUNKS (STAGE_STEPS * ROW_CHUNKS)

#if WEIGHT_TYPE == TYPE_F16
#define SLOT_ROW(row) (2 * SLOT((row) / 2) + (row) % 2)
#define SWIZZLE(row) (WIDTH == 32 ? (row) / 2 % 4 : (row) / 4 % 2)
#else
#define SLOT_ROW(row) SLOT(row)
#define SWIZZLE(row) (WIDTH == 32 ? (row) % 4 * 2 : (row) / 2 % 2 * 2)
#endif
#define PLACE(slot, chunk) ((slot) * ROW_CHUNKS + ((chunk) ^ SWIZZLE(slot)))

/// A lane's columns of an mma's block of a stage.
INLINE void load_weights(__local const uint4* stage, const int block, const int lane, uint b[TILES][2]) {
#if WEIGHT_TYPE == TYPE_F16
  UNROLL for (int n = 0; n < TILES; n += 2)
    load_columns_of_halves(&stage[PLACE(16 * block + lane % 16, n + lane / 16)], b[n]);
#else
  UNROLL for (int n = 0; n < TILES; n++)
    UNROLL for (int i = 0; i < 2; i++) {
      const int slot = 8 * block + 4 * i + lane % 4, column = 8 * n + lane / 4;
      b[n][i] = ((__local const uint*)&stage[PLACE(slot, column / 4)])[column % 4];
    }
#endif
}
#endif
