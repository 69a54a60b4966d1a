// Chooses one token for each of few rows of logits, by the whole of a GPU-type device, where some are drawn,
// penalized or want their log-probability: else sampling_greedy.cl does. Formulas and buffers: common/sampling_row.h.
//
// A row is cut into WG blocks of S = ceil(V / WG) ids. Four kernels, one after the other; none waits within itself:
//
//   scan    the best rank of each block, of the logits and of the scores
//   sift    what the best of all, and the k-th best block, tell about each token. By the row's way:
//             LISTED    lists the tokens no worse than the k-th best block, which is no better than the k-th best
//             NARROWED  sums the masses by coarse depth, to find the bin of depths where the edge of the nucleus lies
//             BLOCKS    sums the masses of each block that stay
//           and the masses of the logits, for the log-probability
//   narrow  NARROWED: lists the tokens of that bin, and sums the masses of each block above it. Else not needed.
//   choose  the token, from the list or the block that it must be in. Where more is listed than there is room for, or
//           k is above WG, from the whole row, as `sample` does.
//
// scan, sift, narrow: global size (WG * TEAM, rows), local (WG, 1, 1): a team of TEAM items a block.
// choose: global size (WG, rows), local (WG, 1, 1): an item a block. All take 16 bytes of local memory an item.
//
// found      (rows)                  Found   see there

#include "simt/sampling_selection.cl"

#ifndef TEAM
#define TEAM 64  // items that share a block: a power of two, at most WG
#endif
#ifndef LIST
#define LIST 8192  // tokens that there is room for
#endif

#define COARSE (30 - DIGIT_BITS)  // bits of a depth that do not tell coarse ones apart

// What the kernels find of a row, one for the next.
typedef struct {
  ulong kept[WG], raw[WG];     // masses of each block
  uint best[WG], rawBest[WG];  // ranks of each block; 0 where a score is not a number
  uint low[WG], high[WG];      // words of the masses by coarse depth
  uint count, unused;          // tokens for the list: of more than LIST, some are not there
  uint list[LIST];             // in no order
} Found;

typedef enum { WHOLE, LISTED, NARROWED, BLOCKS } Way;

static Way wayOf(__global const Row *row, int V) {
  if (hasTopK(row, V)) return row->topK <= WG ? LISTED : WHOLE;
  return row->removedFraction > 0 ? NARROWED : BLOCKS;
}

static uint blockSize(const Choice *choice) { return ((uint)choice->V + WG - 1) / WG; }

// The block of an item's team, of which there are WG / TEAM in a group.
static uint ownBlock(void) { return get_group_id(0) * (WG / TEAM) + get_local_id(0) / TEAM; }

// The tokens that an item looks at: of its block, TEAM apart.
static uint firstToken(const Choice *choice) { return ownBlock() * blockSize(choice) + get_local_id(0) % TEAM; }
static uint endToken(const Choice *choice) { return min((uint)choice->V, (ownBlock() + 1) * blockSize(choice)); }

// The beginning of each kernel: its `row`, what is `found` of it, the `choice` before anything is known, its `item`.
#define BEGIN_ROW                                                                 \
  __global const Row *row = rows + get_group_id(1);                               \
  Choice choice;                                                                  \
  look(&choice, row, logits, seen, endOfText, endOfTextCount, V, stride, has_ended(row, ended)); \
  found += get_group_id(1);                                                       \
  const uint item = get_local_id(0)

static void enlist(__global Found *found, uint token) {
  uint place = atomic_inc(&found->count);
  if (place < LIST) found->list[place] = token;
}

// The sum of a team, in every item of it.
static ulong teamSum(ulong value, __local Shared *shared) {
  uint first = get_local_id(0) / TEAM * TEAM;
  runningSums(value, shared);
  value = shared->sums[first + TEAM - 1] - (first > 0 ? shared->sums[first - 1] : 0);
  barrier(CLK_LOCAL_MEM_FENCE);
  return value;
}

// Where the bin of depths begins in which the edge of the nucleus lies.
static uint findEdgeBin(
    const Choice *choice, __global const Row *row, __global const Found *found, ulong *wanted, ulong *before,
    __local Shared *shared) {
  ulong excess;
  return reach(choice, row, NUCLEUS, OWN_BIN(found), wanted, before, &excess, shared) << COARSE;
}

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void scan(
    __global const float *logits, __global const Row *rows, __global const uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global const int *ended, __global Found *found) {
  __local Shared shared;
  BEGIN_ROW;
  if (get_group_id(0) == 0) {
    found->low[item] = 0;
    found->high[item] = 0;
    if (item == 0) found->count = 0;
  }

  uint rawBest = WORST;
  uint best = WORST;
  for (uint token = firstToken(&choice); token < endToken(&choice); token += TEAM) {
    rawBest = min(rawBest, checkedRankOf(normal(choice.logits[token])));
    best = min(best, checkedRankOf(scoreOf(&choice, token)));
  }
  shared.low[item] = rawBest;
  shared.high[item] = best;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint rest = TEAM / 2; rest > 0; rest /= 2) {
    if (item % TEAM < rest) {
      shared.low[item] = min(shared.low[item], shared.low[item + rest]);
      shared.high[item] = min(shared.high[item], shared.high[item + rest]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (item % TEAM > 0) return;
  found->rawBest[ownBlock()] = shared.low[item];
  found->best[ownBlock()] = shared.high[item];
}

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void sift(
    __global const float *logits, __global const Row *rows, __global const uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global const int *ended, __global Found *found) {
  __local Shared shared;
  BEGIN_ROW;
  const uint ownBest = found->best[item];
  const uint rawBest = smallest(found->rawBest[item], &shared);
  const uint best = smallest(ownBest, &shared);
  const uint bound = boundOf(ownBest, row->topK, &shared);
  const float rawMaximum = scoreOfRank(rawBest);
  choice.maximum = scoreOfRank(best);
  choice.worst = bound;
  choice.edge = min(DEEPEST, row->depthLimit);

  const Way way = wayOf(row, V);
  const bool mayChoose = failureOf(rawBest, best) == 0;
  const bool draws = mayChoose && !(row->flags & GREEDY) && way != WHOLE;
  const bool sumsLogits = mayChoose && row->flags & LOG_PROBABILITY;
  const Kind kind = way == LISTED ? SCORES : way == NARROWED ? NUCLEUS : KEPT;
  shared.low[item] = 0;
  shared.high[item] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  ulong kept = 0;
  ulong raw = 0;
  for (uint token = firstToken(&choice); token < endToken(&choice); token += TEAM) {
    if (sumsLogits) raw += rawMassOf(&choice, token, rawMaximum);
    uint value;
    ulong weight = draws ? weigh(&choice, kind, token, &value) : 0;
    if (weight == 0) continue;
    if (way == LISTED) enlist(found, token);
    if (way == NARROWED) ADD_TO_BIN(&shared, value >> COARSE, weight);
    if (way == BLOCKS) kept += weight;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const ulong mass = OWN_BIN(&shared);
  if (mass > 0) ADD_TO_BIN(found, item, mass);
  kept = teamSum(kept, &shared);
  raw = teamSum(raw, &shared);
  if (item % TEAM > 0) return;
  found->kept[ownBlock()] = kept;
  found->raw[ownBlock()] = raw;
}

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void narrow(
    __global const float *logits, __global const Row *rows, __global const uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global const int *ended, __global Found *found) {
  __local Shared shared;
  BEGIN_ROW;
  const uint rawBest = smallest(found->rawBest[item], &shared);
  const uint best = smallest(found->best[item], &shared);
  choice.maximum = scoreOfRank(best);
  ulong wanted = 0, before = 0;
  const uint edge = findEdgeBin(&choice, row, found, &wanted, &before, &shared);

  const bool narrows = failureOf(rawBest, best) == 0 && !(row->flags & GREEDY) && wayOf(row, V) == NARROWED;
  ulong kept = 0;
  if (narrows)
    for (uint token = firstToken(&choice); token < endToken(&choice); token += TEAM) {
      uint depth;
      ulong mass = weigh(&choice, NUCLEUS, token, &depth);
      if (mass > 0 && depth >= edge && depth - edge < 1u << COARSE) enlist(found, token);
      if (depth < edge && depth <= row->depthLimit) kept += mass;
    }
  kept = teamSum(kept, &shared);
  if (narrows && item % TEAM == 0) found->kept[ownBlock()] = kept;
}

// The first id of the block that the token is in, by the masses of the blocks that stay.
static uint findBlock(
    const Choice *choice, __global const Row *row, __global const Found *found, uint listed, ulong *wanted,
    ulong *before, __local Shared *shared) {
  const uint item = get_local_id(0);
  shared->low[item] = 0;
  shared->high[item] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  // Of the bin in which the edge lies, only now is known what stays.
  for (uint index = item; index < listed; index += WG) {
    uint token;
    ulong mass = weigh(choice, KEPT, found->list[index], &token);
    if (mass > 0) ADD_TO_BIN(shared, token / blockSize(choice), mass);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  ulong excess;
  const ulong kept = OWN_BIN(shared) + found->kept[item];
  return reach(choice, row, KEPT, kept, wanted, before, &excess, shared) * blockSize(choice);
}

// As `drawn`, from what has been found.
static int drawnFrom(
    Choice *choice, __global const Row *row, uint ownBest, uint best, __global const Found *found,
    __local Shared *shared) {
  Way way = wayOf(row, choice->V);
  if (found->count > LIST) way = WHOLE;
  const bool byBlocks = way == NARROWED || way == BLOCKS;
  const uint inList = way == LISTED || way == NARROWED ? found->count : 0;
  choice->worst = boundOf(ownBest, row->topK, shared);
  uint picked = 0;
  for (Kind kind = SCORES; kind <= KEPT; ++kind) {
    uint low, high;
    ulong excess, wanted = 0, before = 0;
    const bool isNeeded = prepare(choice, row, kind, best, &low, &high);
    uint listed = inList;
    if (kind == NUCLEUS && way == NARROWED) {
      low = findEdgeBin(choice, row, found, &wanted, &before, shared);
      high = low + (1u << COARSE) - 1;
    }
    if (kind == KEPT && byBlocks) {
      low = findBlock(choice, row, found, inList, &wanted, &before, shared);
      high = low + blockSize(choice) - 1;
      listed = 0;
    }
    picked = pick(choice, row, kind, isNeeded, low, high, wanted, before, found->list, listed, &excess, shared);
    if (isNeeded) keep(choice, kind, picked, excess);
  }
  return (int)picked;
}

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void choose(
    __global const float *logits, __global const Row *rows, __global uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global int *tokens, __global int *ended, __global Result *results,
    __global const Found *found) {
  __local Shared shared;
  BEGIN_ROW;
  const uint ownBest = found->best[item];
  const uint rawBest = smallest(found->rawBest[item], &shared);
  const uint best = smallest(ownBest, &shared);
  // The first block with the best score.
  const uint bestBlock = smallest(ownBest == best ? item : WG - 1, &shared);
  choice.maximum = scoreOfRank(best);

  const uint first = bestBlock * blockSize(&choice);
  const uint end = min((uint)choice.V, first + blockSize(&choice));
  Result result = {failureOf(rawBest, best), 0, 0};
  if (result.token == 0)
    result.token = row->flags & GREEDY ? likeliest(&choice, best, first, end, &shared)
                                       : drawnFrom(&choice, row, ownBest, best, found, &shared);
  if (result.token >= 0) {
    result.difference = scoreOfRank(rawBest) - normal(choice.logits[result.token]);
    if (row->flags & LOG_PROBABILITY) result.rawMass = runningSums(found->raw[item], &shared);
  }
  // Every item has finished with the words once all have chosen.
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (item > 0) return;
  leave(
      &choice, row, &result, seen + (size_t)row->slot * ((V + 31) / 32), tokens, ended, results + get_group_id(1));
}
