// How likely tokens are by rows of logits, for CPU-type devices: of each row a given token, and the `top` likeliest.
// Depths and masses: common/sampling_row.h.  log p = -difference - log(mass / 2^40)
//
// logits   (…, stride) fp32, V of each row are read
// rows     (R) of {row of the logits, the token or -1}: ScoreRow in Swift
// scores   (R, 2 + top) of 8 bytes, the high word before the low: {0, difference of the token: maximum - logit}, the
//          mass of all logits, and the likeliest tokens, of equals the lower ids first, as {difference, token}, -1
//          behind the last. Where a logit is not finite, or none is, the mass is 0 and the rest means nothing.
// top      at most MOST
//
// Global size (R), local (1).  One pass for the maxima of blocks; one for the mass, which looks for the likeliest in
// the blocks whose maximum is no less than the `top`-th best block's.

#include "simd/masses.h"

#ifndef MOST
#define MOST 64
#endif

// The likeliest so far, the best first.
typedef struct {
  float logits[MOST];
  int tokens[MOST];
  int count, room;
  float bound;  // what a logit must reach
} Top;

// Tokens come in the order of their ids: an equal one goes behind.
inline void insert(Top *top, float logit, int token) {
  if (top->count == top->room && !(logit > top->logits[top->room - 1])) return;
  int place = top->count < top->room ? top->count++ : top->room - 1;
  for (; place > 0 && top->logits[place - 1] < logit; --place) {
    top->logits[place] = top->logits[place - 1];
    top->tokens[place] = top->tokens[place - 1];
  }
  top->logits[place] = logit;
  top->tokens[place] = token;
  if (top->count == top->room) top->bound = top->logits[top->room - 1];
}

inline ulong pairOf(float difference, int token) { return (ulong)as_uint(difference) << 32 | (uint)token; }

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void score(
    __global const float *logits, __global const int2 *rows, __global ulong *scores, int V, int stride, int top) {
  const int2 row = rows[get_global_id(0)];
  logits += (size_t)row.x * stride;
  scores += get_global_id(0) * (2 + (size_t)top);

  const int blockSize = (V + 16 * BLOCKS - 1) / (16 * BLOCKS) * 16;
  float maxima[BLOCKS];
  float maximum = -INFINITY;
  int16 notNumbers = 0;
  for (int block = 0; block < BLOCKS; ++block) {
    float16 largest = -INFINITY;
    for (int start = block * blockSize; start < min(V, (block + 1) * blockSize); start += 16) {
      float16 logit = loadLogits(logits, start, V);
      notNumbers |= logit != logit;
      largest = logit > largest ? logit : largest;
    }
    maxima[block] = max16(largest);
    maximum = fmax(maximum, maxima[block]);
  }
  if (any16(notNumbers) || !(fabs(maximum) < INFINITY)) {
    scores[1] = 0;
    return;
  }

  Top best;
  best.count = 0;
  best.room = min(top, min(V, MOST));
  best.bound = best.room > 0 ? boundOf(maxima, best.room) : INFINITY;
  ulong16 mass = 0;
  for (int block = 0; block < BLOCKS; ++block) {
    for (int start = block * blockSize; start < min(V, (block + 1) * blockSize); start += 16) {
      float16 logit = loadLogits(logits, start, V);
      mass += massOf(depthOf(logit, maximum, LOG2_E));
      if (maxima[block] < best.bound || !any16(logit >= best.bound)) continue;
      float lanes[16];
      vstore16(logit, 0, lanes);
      for (int lane = 0; lane < min(16, V - start); ++lane)
        if (lanes[lane] >= best.bound) insert(&best, lanes[lane], start + lane);
    }
  }
  scores[0] = row.y < 0 ? 0 : (ulong)as_uint(maximum - normal((float16)(logits[row.y])).s0);
  scores[1] = sum16_ulong(mass);
  for (int place = 0; place < top; ++place)
    scores[2 + place] =
        place < best.count ? pairOf(maximum - best.logits[place], best.tokens[place]) : pairOf(0.0f, -1);
}
