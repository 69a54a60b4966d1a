// Chooses one token for each row of logits, for CPU-type devices.
// Formulas and buffers: common/sampling_row.h.
//
// Global size (R), local (1): a row each, no barriers, no local memory.
// One pass over the row, 16 tokens at a time, finds the largest score of each of up to BLOCKS blocks. The k-th largest
// of these maxima is no larger than the k-th largest score, and close to it: every later pass, one for each digit of a
// radix selection (top-k and top-p) and one for the choice, leaves out the blocks whose maximum is below the bound.

#include "common/sampling_row.h"
#include "simd/masses.h"

#ifndef DIGIT_BITS  // of the radix selection: 8 bytes of private memory for each value of a digit
#define DIGIT_BITS 11
#endif

// Where the scores of a row come from.
typedef struct {
  __global const float *logits;
  __global const uint *seen;
  __global const int *endOfText;
  int endOfTextCount, V, blockSize;
  uint flags;
  float penalty, inversePenalty;
  const float *maxima;  // of the scores of each block
} Source;

// The tokens that may be chosen.
typedef struct {
  float threshold, maximum, scale;
  uint edge;
  int firstTie;
} Kept;

inline float16 processed(const Source *source, float16 score, int start) {
  if (source->flags & PENALIZE) {
    int bits = (int)(source->seen[start / 32] >> (start & 16));
    float16 factor = score < 0 ? (float16)(source->penalty) : (float16)(source->inversePenalty);
    score = (((int16)(bits) >> LANES) & 1) != 0 ? normal(score * factor) : score;
  }
  if (source->flags & SUPPRESS_END_OF_TEXT)
    for (int i = 0; i < source->endOfTextCount; ++i)
      score = LANES == source->endOfText[i] - start ? (float16)(-INFINITY) : score;
  return score;
}

APART float16 scores(const Source *source, int start) {
  return processed(source, loadLogits(source->logits, start, source->V), start);
}

inline int endOf(const Source *source, int block) { return min(source->V, (block + 1) * source->blockSize); }

// The value at which the running weight, in ascending order of the values, reaches the wanted one, and how far it
// exceeds it there. Values are ranks with weights of one, of which top-k are wanted, or depths with masses, of which
// all but the removed fraction is wanted; only scores from `bound` on take part, and their values lie in low ... high.
APART uint pick(
    const Source *source, __global const Row *row, bool byRank, float bound, float maximum, uint low, uint high,
    ulong *excess) {
  ulong bins[1 << DIGIT_BITS];
  int bits = max(1, 32 - (int)clz(high - low));
  ulong wanted = 0, before = 0;
  while (bits > 0) {
    // The values that share the digits found so far lie in low ... low + span.
    uint span = bits == 32 ? 0xFFFFFFFFu : (1u << bits) - 1;
    int shift = max(0, bits - DIGIT_BITS);
    for (int bin = 0; bin < 1 << DIGIT_BITS; ++bin) bins[bin] = 0;
    for (int block = 0; block < BLOCKS; ++block) {
      if (source->maxima[block] < bound) continue;
      for (int start = block * source->blockSize; start < endOf(source, block); start += 16) {
        float16 score = scores(source, start);
        uint16 value = byRank ? rankOf(score) : depthOf(score, maximum, row->scale);
        int16 inside = score >= bound && value - low <= span;
        if (!any16(inside)) continue;
        int lanes[16];
        uint values[16];
        ulong weights[16];
        vstore16(inside, 0, lanes);
        vstore16((value - low) >> (uint)shift, 0, values);
        vstore16(byRank ? (ulong16)(1) : massOf(value), 0, weights);
        for (int lane = 0; lane < 16; ++lane)
          if (lanes[lane]) bins[values[lane]] += weights[lane];
      }
    }
    if (wanted == 0) {
      ulong total = 0;
      for (int bin = 0; bin < 1 << DIGIT_BITS; ++bin) total += bins[bin];
      wanted = byRank ? row->topK : total - mul_hi(total, row->removedFraction);
    }
    int digit = 0;
    while (digit < (1 << DIGIT_BITS) - 1 && before + bins[digit] < wanted) before += bins[digit++];
    *excess = before + bins[digit] - wanted;
    low += (uint)digit << shift;
    bits = shift;
  }
  return low;
}

inline ulong16 keptMass(const Source *source, const Kept *kept, int start) {
  float16 score = scores(source, start);
  uint16 depth = depthOf(score, kept->maximum, kept->scale);
  int16 tie = depth == kept->edge && LANES >= kept->firstTie - start;
  int16 stays = score >= kept->threshold && (depth < kept->edge || tie);
  return convert_long16(stays) != 0 ? massOf(depth) : (ulong16)(0);
}

// The token at depth `edge` that `skipped` others of that depth precede.
inline int tieAfter(const Source *source, const Kept *kept, ulong skipped) {
  for (int start = 0; start < source->V; start += 16) {
    float16 score = scores(source, start);
    int16 ties = score >= kept->threshold && depthOf(score, kept->maximum, kept->scale) == kept->edge;
    if (!any16(ties)) continue;
    int lanes[16];
    vstore16(ties, 0, lanes);
    for (int lane = 0; lane < 16; ++lane)
      if (lanes[lane] && skipped-- == 0) return start + lane;
  }
  return source->V;
}

// The first token, by id, whose running kept mass exceeds draw * kept mass / 2^64.
inline int choose(const Source *source, const Kept *kept, ulong draw) {
  ulong sums[BLOCKS], total = 0;
  for (int block = 0; block < BLOCKS; ++block) {
    ulong16 sum = 0;
    if (source->maxima[block] >= kept->threshold)
      for (int start = block * source->blockSize; start < endOf(source, block); start += 16)
        sum += keptMass(source, kept, start);
    sums[block] = sum16_ulong(sum);
    total += sums[block];
  }
  ulong rest = mul_hi(draw, total);
  int block = 0;
  while (block < BLOCKS - 1 && rest >= sums[block]) rest -= sums[block++];
  for (int start = block * source->blockSize; start < endOf(source, block); start += 16) {
    ulong masses[16];
    vstore16(keptMass(source, kept, start), 0, masses);
    for (int lane = 0; lane < 16; ++lane) {
      if (rest < masses[lane]) return start + lane;
      rest -= masses[lane];
    }
  }
  return NONE_LEFT;
}

inline int drawn(const Source *source, __global const Row *row, float maximum) {
  Kept kept = {-INFINITY, maximum, row->scale, DEEPEST, 0};
  ulong excess;
  if (row->topK > 0 && row->topK < (uint)source->V) {
    float bound = boundOf(source->maxima, row->topK);
    uint best = rankOf((float16)(maximum)).s0, worst = rankOf((float16)(bound)).s0;
    kept.threshold = scoreOf(pick(source, row, true, bound, maximum, best, worst, &excess));
  }
  if (row->removedFraction > 0) {
    uint deepest = min(DEEPEST, depthOf((float16)(kept.threshold), maximum, row->scale).s0);
    kept.edge = pick(source, row, false, kept.threshold, maximum, 0, deepest, &excess);
    ulong ties = excess / massOf((uint16)(kept.edge)).s0;
    if (ties > 0) kept.firstTie = tieAfter(source, &kept, ties);
  }
  if (row->depthLimit < kept.edge) {
    kept.edge = row->depthLimit;
    kept.firstTie = 0;
  }
  return choose(source, &kept, row->draw);
}

inline int likeliest(const Source *source, float maximum) {
  int block = 0;
  while (source->maxima[block] < maximum) ++block;
  for (int start = block * source->blockSize;; start += 16) {
    float lanes[16];
    vstore16(scores(source, start), 0, lanes);
    for (int lane = 0; lane < 16; ++lane)
      if (lanes[lane] == maximum) return start + lane;
  }
}

inline ulong rawMassOf(const Source *source, float maximum) {
  ulong16 mass = 0;
  for (int start = 0; start < source->V; start += 16)
    mass += massOf(depthOf(loadLogits(source->logits, start, source->V), maximum, LOG2_E));
  return sum16_ulong(mass);
}

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void sample(
    __global const float *logits, __global const Row *rows, __global uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global int *tokens, __global int *ended, __global Result *results) {
  __global const Row *row = rows + get_global_id(0);
  Result result = {HAS_ENDED, 0, 0};
  if (ended[row->slot] && !(row->flags & STARTS)) {
    results[get_global_id(0)] = result;
    return;
  }
  __global uint *words = seen + (size_t)row->slot * ((V + 31) / 32);
  float maxima[BLOCKS];
  Source source = {
      logits + (size_t)row->logitsRow * stride, words, endOfText, endOfTextCount, V,
      (V + 16 * BLOCKS - 1) / (16 * BLOCKS) * 16, row->flags, row->penalty, row->inversePenalty, maxima};

  float rawMaximum = -INFINITY, maximum = -INFINITY;
  int16 notNumbers = 0;
  for (int block = 0; block < BLOCKS; ++block) {
    float16 rawLargest = -INFINITY, largest = -INFINITY;
    for (int start = block * source.blockSize; start < endOf(&source, block); start += 16) {
      float16 logit = loadLogits(source.logits, start, V);
      float16 score = processed(&source, logit, start);
      notNumbers |= logit != logit;
      rawLargest = logit > rawLargest ? logit : rawLargest;
      largest = score > largest ? score : largest;
    }
    maxima[block] = max16(largest);
    rawMaximum = fmax(rawMaximum, max16(rawLargest));
    maximum = fmax(maximum, maxima[block]);
  }

  result.token = NONE_LEFT;
  if (any16(notNumbers) || rawMaximum == INFINITY || maximum == INFINITY)
    result.token = NOT_FINITE;
  else if (maximum > -INFINITY)
    result.token = row->flags & GREEDY ? likeliest(&source, maximum) : drawn(&source, row, maximum);
  if (result.token >= 0) {
    float logit = source.logits[result.token];
    result.difference = rawMaximum - normal((float16)(logit)).s0;
    if (row->flags & LOG_PROBABILITY) result.rawMass = rawMassOf(&source, rawMaximum);
    words[result.token / 32] |= 1u << (result.token % 32);
  }
  tokens[row->slot] = max(result.token, 0);
  int hasEnd = result.token < 0;
  for (int i = 0; row->flags & ENDS && i < endOfTextCount; ++i) hasEnd |= endOfText[i] == result.token;
  ended[row->slot] = hasEnd;
  results[get_global_id(0)] = result;
}
