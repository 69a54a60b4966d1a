// A radix selection over a row's tokens, and the choice of one by it, by a work-group of WG items.
//
// Everything but the maximum is one operation, `pick`: a radix selection over local bins, which the items fill with
// atomics. It finds the k-th best score (ranks, weights of one), the edge of the nucleus (depths, masses), the first
// tie that stays (ids, weights of one) and the token (ids, masses).
// 16 bytes of local memory an item.

#pragma once
#include "simt/group.h"
#include "simt/sampling_scores.cl"

// What the items share.
typedef struct {
  uint low[WG], high[WG];  // the words of the bins' weights
  ulong sums[WG];
} Shared;

// The smallest value of all items, in every item.
static uint smallest(uint value, __local Shared *shared) {
  uint item = get_local_id(0);
  shared->low[item] = value;
  REDUCE(shared->low, item, WG, min);
  value = shared->low[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return value;
}

// Leaves in `sums` the sum of the values of each item and those before it.
// Returns the sum of all, in every item.
static ulong runningSums(ulong value, __local Shared *shared) {
  uint item = get_local_id(0);
  shared->sums[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint distance = 1; distance < WG; distance *= 2) {
    ulong before = item >= distance ? shared->sums[item - distance] : 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    shared->sums[item] += before;
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  return shared->sums[WG - 1];
}

// What a selection runs over, and what it weighs.
typedef enum { SCORES, NUCLEUS, TIES, KEPT } Kind;

// The weight of a token, and the value that it is ordered by.
static ulong weigh(const Choice *choice, Kind kind, uint token, uint *value) {
  float score = scoreOf(choice, token);
  uint rank = rankOf(score);
  *value = kind == SCORES ? rank : token;
  if (rank > choice->worst) return 0;
  if (kind == SCORES) return 1;
  uint depth = depthOf(score, choice->maximum, choice->scale);
  if (kind == NUCLEUS) *value = depth;
  if (kind == TIES) return depth == choice->edge ? 1 : 0;
  bool stays = depth < choice->edge || (depth == choice->edge && token >= choice->firstTie);
  return stays || kind == NUCLEUS ? massOf(depth) : 0;
}

// Adds to a bin of local or of global memory. Two words, for devices need not have atomics of 64 bits.
#define ADD_TO_BIN(bins, bin, weight)                                          \
  do {                                                                         \
    uint part = (uint)(weight);                                                \
    uint carry = (uint)(atomic_add(&(bins)->low[bin], part) + part) < part;    \
    uint rest = (uint)((weight) >> 32) + carry;                                \
    if (rest > 0) atomic_add(&(bins)->high[bin], rest);                        \
  } while (0)

// What the bins hold; each item's own bin.
#define OWN_BIN(bins) ((ulong)(bins)->high[get_local_id(0)] << 32 | (bins)->low[get_local_id(0)])

// The running weight that a selection looks for, at least 1, of a total.
static ulong wantedOf(const Choice *choice, __global const Row *row, Kind kind, ulong total) {
  switch (kind) {
    case SCORES: return row->topK;
    case NUCLEUS: return total - mul_hi(total, row->removedFraction);
    case TIES: return choice->ties + 1;
    default: return mul_hi(total, row->draw) + 1;
  }
}

// The first bin whose running weight, with the weight `before`, reaches what is wanted, which is found out first where
// it is 0. Each item holds the weight of a bin. Adds the bins that come first to `before`.
static uint reach(
    const Choice *choice, __global const Row *row, Kind kind, ulong weight, ulong *wanted, ulong *before, ulong *excess,
    __local Shared *shared) {
  uint item = get_local_id(0);
  ulong total = runningSums(weight, shared);
  if (*wanted == 0) *wanted = wantedOf(choice, row, kind, total);
  uint bin = smallest(*before + shared->sums[item] >= *wanted ? item : WG - 1, shared);
  *excess = *before + shared->sums[bin] - *wanted;
  if (bin > 0) *before += shared->sums[bin - 1];
  barrier(CLK_LOCAL_MEM_FENCE);
  return bin;
}

// The value at which the running weight, in ascending order of the values, reaches what is wanted, and how far it
// exceeds it there; in every item. Values lie in low ... high; those below low weigh `before`; `wanted` is 0 where not
// known yet. Looks at `listed` tokens of a list, or, where that is 0, at all of the row. Every item must call this,
// whether a selection `isNeeded` or not.
static uint pick(
    const Choice *choice, __global const Row *row, Kind kind, bool isNeeded, uint low, uint high, ulong wanted,
    ulong before, __global const uint *list, uint listed, ulong *excess, __local Shared *shared) {
  uint item = get_local_id(0);
  bool byId = kind == TIES || kind == KEPT;
  // A row's ids come in order: with few, wide bins an item adds up a run of tokens before it touches a bin.
  int digitBits = byId && listed == 0 ? DIGIT_BITS / 2 : DIGIT_BITS;
  int bits = isNeeded ? max(1, 32 - (int)clz(high - low)) : 0;
  while (bits > 0) {
    // The values that share the digits found so far lie in low ... low + span.
    uint span = bits == 32 ? 0xFFFFFFFFu : (1u << bits) - 1;
    int shift = max(0, bits - digitBits);
    shared->low[item] = 0;
    shared->high[item] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    uint first = byId && listed == 0 ? low : 0;
    uint end = byId ? (uint)min((ulong)choice->V, (ulong)low + span + 1) : (uint)choice->V;
    if (listed > 0) end = listed;
    uint lastBin = 0;
    ulong run = 0;
    for (uint index = first + item; index < end; index += WG) {
      uint value;
      ulong weight = weigh(choice, kind, listed > 0 ? list[index] : index, &value);
      if (weight == 0 || value - low > span) continue;
      uint bin = (value - low) >> shift;
      if (bin != lastBin && run > 0) {
        ADD_TO_BIN(shared, lastBin, run);
        run = 0;
      }
      lastBin = bin;
      run += weight;
    }
    if (run > 0) ADD_TO_BIN(shared, lastBin, run);
    barrier(CLK_LOCAL_MEM_FENCE);
    low += reach(choice, row, kind, OWN_BIN(shared), &wanted, &before, excess, shared) << shift;
    bits = shift;
  }
  return low;
}

// The k-th best of the items' best ranks, which is no better than the k-th best rank, and close to it; the worst where
// k is 0, or more than there are items.
static uint boundOf(uint best, uint k, __local Shared *shared) {
  if (k > WG) k = 0;
  uint item = get_local_id(0);
  shared->low[item] = best;
  barrier(CLK_LOCAL_MEM_FENCE);
  uint better = 0;
  for (uint other = 0; other < WG; ++other)
    better += shared->low[other] < best || (shared->low[other] == best && other < item);
  if (k == 0 ? item == 0 : better == k - 1) shared->high[0] = k == 0 ? WORST : best;
  barrier(CLK_LOCAL_MEM_FENCE);
  uint bound = shared->high[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return bound;
}

// Whether only some of the scores stay by their rank.
static bool hasTopK(__global const Row *row, int V) { return row->topK > 0 && row->topK < (uint)V; }

// The values that a selection over the whole row looks among, with what those of the kinds before it have left.
// Returns whether it is needed.
static bool prepare(Choice *choice, __global const Row *row, Kind kind, uint best, uint *low, uint *high) {
  *low = 0;
  *high = choice->V - 1;
  if (kind == SCORES) {
    *low = best;
    *high = choice->worst;
    return hasTopK(row, choice->V);
  }
  if (kind == NUCLEUS) {
    *high = min(DEEPEST, depthOf(scoreOfRank(choice->worst), choice->maximum, choice->scale));
    return row->removedFraction > 0;
  }
  if (kind == TIES) return choice->ties > 0;
  if (row->depthLimit < choice->edge) {
    choice->edge = row->depthLimit;
    choice->firstTie = 0;
  }
  return true;
}

// Keeps what a selection has found.
static void keep(Choice *choice, Kind kind, uint picked, ulong excess) {
  if (kind == SCORES) choice->worst = picked;
  if (kind == TIES) choice->firstTie = picked;
  if (kind == NUCLEUS) {
    choice->edge = picked;
    choice->ties = excess / massOf(picked);
  }
}

// Narrows the choice down to one token: top-k, top-p, ties at its edge, min-p, and the draw.
// A loop over one selection, rather than four: PoCL 3.1 cannot compile that many barriers behind conditions.
static int drawn(Choice *choice, __global const Row *row, uint ownBest, uint best, __local Shared *shared) {
  choice->worst = boundOf(ownBest, row->topK, shared);
  uint picked = 0;
  for (Kind kind = SCORES; kind <= KEPT; ++kind) {
    uint low, high;
    ulong excess;
    bool isNeeded = prepare(choice, row, kind, best, &low, &high);
    picked = pick(choice, row, kind, isNeeded, low, high, 0, 0, 0, 0, &excess, shared);
    if (isNeeded) keep(choice, kind, picked, excess);
  }
  return (int)picked;
}

// The first of the tokens first ..< end that has the best score.
static int likeliest(const Choice *choice, uint best, uint first, uint end, __local Shared *shared) {
  for (uint token = first + get_local_id(0); token < end; token += WG)
    if (rankOf(scoreOf(choice, token)) == best) end = token;
  return (int)smallest(end, shared);
}
