// Chooses one token for each row of logits, on GPU-type devices; the same tokens as HostSampler, bit for bit.
// For many rows: of few, sampling_blocks.cl makes the whole device choose, with the arithmetic of this file.
//
//   score  = logit, penalised where seen, minus infinity for the end of text while the text is too short
//   rank   = an integer that falls as the score rises                                           (32 bits)
//   depth  = (maximum - score) * scale: octaves under the largest score, with 24 fractional bits  (30 bits)
//   mass   = 2^40 * 2^-depth, an integer: sums of masses are exact, in any order
//   greedy : the largest score, the lowest id of several
//   drawn  : top-k keeps rank <= worst; top-p then keeps depth < edge, and of depth == edge the ids from `firstTie` on;
//            min-p then keeps depth <= depthLimit; the token is the first, by id, whose running kept mass exceeds
//            draw * kept mass / 2^64
//
// Floating point ends with one subtraction and one product a token, which OpenCL rounds correctly: do not build with
// -cl-fast-relaxed-math, -cl-finite-math-only or -cl-unsafe-math-optimizations.
//
// logits     (rows, stride)          float   V of each row are read
// rows       (global size / WG)      Row     48 bytes, SamplingRow in Swift
// seen       (slots, (V+31)/32)      uint    token t is bit t % 32 of word t / 32; the chosen token is added
// endOfText  (endOfTextCount)        int
// tokens     (slots)                 int     the chosen token; 0 where there is none
// ended      (slots)                 int     1 where the sequence has ended or failed, until a row that starts one
// results    (global size / WG)      Result  16 bytes, SampledToken in Swift; token -1: a logit is not finite,
//                                            -2: none left, -3: the sequence has ended
//
// One work-group of WG items a row, 16 bytes of local memory an item. Rows must have different slots.
// Everything but the maximum is one operation, `pick`: a radix selection over local bins, which the items fill with
// atomics. It finds the k-th best score (ranks, weights of one), the edge of the nucleus (depths, masses), the first
// tie that stays (ids, weights of one) and the token (ids, masses).

#ifndef DIGIT_BITS  // of the radix selection: a bin for each item
#define DIGIT_BITS 8
#endif
#define WG (1 << DIGIT_BITS)

#pragma OPENCL FP_CONTRACT OFF

typedef struct {
  ulong draw, removedFraction;           // byte 0, 8
  uint logitsRow, slot, flags, topK;     // byte 16, 20, 24, 28
  float scale, penalty, inversePenalty;  // byte 32, 36, 40
  uint depthLimit;                       // byte 44
} Row;

typedef struct {
  int token;         // byte 0
  float difference;  // byte 4: the largest logit less the token's
  ulong rawMass;     // byte 8: of all logits, before any processing
} Result;

#define GREEDY 1u
#define SUPPRESS_END_OF_TEXT 2u
#define PENALIZE 4u
#define LOG_PROBABILITY 8u
#define STARTS 16u  // the first row of its slot's sequence
#define ENDS 32u    // an end of text is the last

#define DEEPEST (40u << 24)       // the deepest depth with a mass above zero
#define BEST_FINITE 0x00800000u   // the rank of the largest finite number; infinity and what is no number are below
#define WORST 0xFF800000u         // the rank of minus infinity
#define LOG2_E 1.44269504088896f  // octaves per logit of the model's own distribution

// A row under way. The same in every item.
typedef struct {
  __global const float *logits;
  __global const uint *seen;
  __global const int *endOfText;
  int endOfTextCount, V;
  uint flags;
  float penalty, inversePenalty;
  // The tokens that may be chosen.
  uint worst;  // rank
  float maximum, scale;
  uint edge;  // depth
  ulong ties;  // how many tokens at that depth do not stay
  uint firstTie;
} Choice;

// What the items share.
typedef struct {
  uint low[WG], high[WG];  // the words of the bins' weights
  ulong sums[WG];
} Shared;

// Subnormal numbers and negative zero as zero: devices may flush them, and ranks tell zeros apart.
static float normal(float v) { return (as_uint(v) & 0x7F800000u) == 0 ? 0.0f : v; }

static float scoreOf(const Choice *choice, uint token) {
  float score = normal(choice->logits[token]);
  if (choice->flags & PENALIZE && choice->seen[token / 32] >> token % 32 & 1)
    score = normal(score * (score < 0 ? choice->penalty : choice->inversePenalty));
  if (choice->flags & SUPPRESS_END_OF_TEXT)
    for (int i = 0; i < choice->endOfTextCount; ++i)
      if ((int)token == choice->endOfText[i]) score = -INFINITY;
  return score;
}

static uint rankOf(float score) {
  uint bits = as_uint(score);
  return (int)bits < 0 ? bits : bits ^ 0x7FFFFFFFu;
}

// The rank, or 0 for what is not a number.
static uint checkedRankOf(float score) {
  uint rank = rankOf(score);
  return rank > WORST ? 0 : rank;
}

static float scoreOfRank(uint rank) { return as_float((int)rank < 0 ? rank : rank ^ 0x7FFFFFFFu); }

static uint depthOf(float score, float maximum, float scale) {
  float octaves = (maximum - score) * scale;
  return convert_uint((octaves < 63.0f ? octaves : 63.0f) * 16777216.0f);
}

// 2^-x = 1 - x (c1 - x (c2 - x (c3 - x (c4 - x c5)))) for x in [0, 1), all in units of 2^-32 (see TokenMass).
static ulong massOf(uint depth) {
  uint x = (depth & 0xFFFFFFu) << 8;
  uint power = 0x025A8645u - mul_hi(x, 0x003D94DEu);
  power = 0x0E275966u - mul_hi(x, power);
  power = 0x3D7C413Cu - mul_hi(x, power);
  power = 0xB171D93Du - mul_hi(x, power);
  return ((0x100000000ul - mul_hi(x, power)) << 8) >> (depth >> 24);
}

// The smallest value of all items, in every item.
static uint smallest(uint value, __local Shared *shared) {
  uint item = get_local_id(0);
  shared->low[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint rest = WG / 2; rest > 0; rest /= 2) {
    if (item < rest) shared->low[item] = min(shared->low[item], shared->low[item + rest]);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
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

// The first bin whose running weight, with the weight `before`, reaches what is wanted, which is found out first where it
// is 0. Each item holds the weight of a bin. Adds the bins that come first to `before`.
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
// known yet. Looks at `listed` tokens of a list, or, where that is 0, at all of the row. Every item must call this, whether
// a selection `isNeeded` or not.
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

// A row before anything is known of its logits. Of a sequence that has ended no token is looked at: V is 0.
static void look(
    Choice *choice, __global const Row *row, __global const float *logits, __global const uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global const int *ended) {
  bool hasEnded = ended[row->slot] && !(row->flags & STARTS);
  choice->logits = logits + (size_t)row->logitsRow * stride;
  choice->seen = seen + (size_t)row->slot * ((V + 31) / 32);
  choice->endOfText = endOfText;
  choice->endOfTextCount = endOfTextCount;
  choice->V = hasEnded ? 0 : V;
  choice->flags = row->flags;
  choice->penalty = row->penalty;
  choice->inversePenalty = row->inversePenalty;
  choice->worst = WORST;
  choice->maximum = 0;
  choice->scale = row->scale;
  choice->edge = DEEPEST;
  choice->ties = 0;
  choice->firstTie = 0;
}

static ulong rawMassOf(const Choice *choice, uint token, float maximum) {
  return massOf(depthOf(normal(choice->logits[token]), maximum, LOG2_E));
}

// The result that stands for a row of which no token may be chosen; 0 where one may.
static int failureOf(uint rawBest, uint best) { return min(rawBest, best) < BEST_FINITE ? -1 : best < WORST ? 0 : -2; }

// Leaves what is chosen for the host and for the next step; of one item, once all have finished with the row.
static void leave(
    const Choice *choice, __global const Row *row, Result *result, __global uint *words, __global int *tokens,
    __global int *ended, __global Result *to) {
  if (choice->V == 0) {
    result->token = -3;
  } else {
    if (result->token >= 0) words[result->token / 32] |= 1u << (result->token % 32);
    tokens[row->slot] = max(result->token, 0);
    int hasEnd = result->token < 0;
    for (int i = 0; row->flags & ENDS && i < choice->endOfTextCount; ++i)
      hasEnd |= choice->endOfText[i] == result->token;
    ended[row->slot] = hasEnd;
  }
  *to = *result;
}

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void sample(
    __global const float *logits, __global const Row *rows, __global uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global int *tokens, __global int *ended, __global Result *results) {
  __local Shared shared;
  __global const Row *row = rows + get_group_id(0);
  Choice choice;
  look(&choice, row, logits, seen, endOfText, endOfTextCount, V, stride, ended);

  uint ownRawBest = WORST;
  uint ownBest = WORST;
  for (uint token = get_local_id(0); token < (uint)choice.V; token += WG) {
    ownRawBest = min(ownRawBest, checkedRankOf(normal(choice.logits[token])));
    ownBest = min(ownBest, checkedRankOf(scoreOf(&choice, token)));
  }
  uint rawBest = smallest(ownRawBest, &shared);
  uint best = smallest(ownBest, &shared);
  choice.maximum = scoreOfRank(best);

  Result result = {failureOf(rawBest, best), 0, 0};
  if (result.token == 0)
    result.token = row->flags & GREEDY ? likeliest(&choice, best, 0, choice.V, &shared)
                                       : drawn(&choice, row, ownBest, best, &shared);
  if (result.token >= 0) {
    float rawMaximum = scoreOfRank(rawBest);
    result.difference = rawMaximum - normal(choice.logits[result.token]);
    if (row->flags & LOG_PROBABILITY) {
      ulong mass = 0;
      for (uint token = get_local_id(0); token < (uint)choice.V; token += WG)
        mass += rawMassOf(&choice, token, rawMaximum);
      result.rawMass = runningSums(mass, &shared);
    }
  }
  // Every item has finished with the words once all have chosen.
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (get_local_id(0) > 0) return;
  leave(
      &choice, row, &result, seen + (size_t)row->slot * ((V + 31) / 32), tokens, ended, results + get_group_id(0));
}
