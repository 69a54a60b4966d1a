// How likely tokens are by rows of logits, for GPU-type devices: of each row a given token, and the `top` likeliest.
// Formulas and buffers: simd/score.cl.
//
// Global size (WG * R), local (WG): a work-group a row.  A radix selection finds the logit of the `top`-th likeliest;
// the items then take runs of ids, so that running sums give the likeliest places in a list in the order of ids.
// 16 bytes of local memory an item, and 8 a token of the list.

#include "simt/sampling_selection.cl"

#ifndef MOST
#define MOST 64
#endif

static ulong pairOf(float difference, int token) { return (ulong)as_uint(difference) << 32 | (uint)token; }

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void score(
    __global const float *logits, __global const int2 *rows, __global ulong *scores, int V, int stride, int top) {
  __local Shared shared;
  __local uint ranks[MOST];
  __local uint tokens[MOST];
  const uint item = get_local_id(0);
  const int2 row = rows[get_group_id(0)];
  Choice choice = {logits + (size_t)row.x * stride, 0, 0, 0, V, 0, 0, 0, WORST, 0, 0, 0, 0, 0};
  scores += get_group_id(0) * (2 + (size_t)top);

  uint ownBest = WORST;
  for (uint token = item; token < (uint)V; token += WG)
    ownBest = min(ownBest, checkedRankOf(scoreOf(&choice, token)));
  const uint best = smallest(ownBest, &shared);
  const bool isFinite = failureOf(best, best) == 0;
  const float maximum = scoreOfRank(best);
  choice.maximum = maximum;
  ulong mass = 0;
  for (uint token = item; token < (uint)V && isFinite; token += WG) mass += rawMassOf(&choice, token, maximum);
  mass = runningSums(mass, &shared);

  // The rank of the last of the likeliest: some that have it may have to stay out.
  const uint room = isFinite ? (uint)min(top, min(V, MOST)) : 0;
  choice.worst = boundOf(ownBest, room, &shared);
  ulong excess = 0;
  const uint last = pick(&choice, 0, SCORES, room > 0, best, choice.worst, room, 0, 0, 0, &excess, &shared);

  const uint size = room > 0 ? ((uint)V + WG - 1) / WG : 0;
  const uint first = min((uint)V, item * size), end = min((uint)V, first + size);
  uint better = 0, equal = 0;
  for (uint token = first; token < end; ++token) {
    const uint rank = rankOf(scoreOf(&choice, token));
    better += rank < last;
    equal += rank == last;
  }
  const ulong own = (ulong)better << 32 | equal;
  const uint betterInAll = (uint)(runningSums(own, &shared) >> 32);
  const ulong before = shared.sums[item] - own;
  uint place = (uint)(before >> 32), equalPlace = betterInAll + (uint)before;
  for (uint token = first; token < end; ++token) {
    const uint rank = rankOf(scoreOf(&choice, token));
    const bool isBetter = rank < last;
    if (!isBetter && (rank > last || equalPlace >= room)) continue;
    const uint to = isBetter ? place++ : equalPlace++;
    ranks[to] = rank;
    tokens[to] = token;
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  if (item < room) {
    uint order = 0;
    for (uint other = 0; other < room; ++other)
      order += ranks[other] < ranks[item] || (ranks[other] == ranks[item] && other < item);
    scores[2 + order] = pairOf(maximum - scoreOfRank(ranks[item]), (int)tokens[item]);
  } else if (item < (uint)top) {
    scores[2 + item] = pairOf(0.0f, -1);
  }
  if (item > 0) return;
  scores[0] = row.y < 0 || !isFinite ? 0 : (ulong)as_uint(maximum - normal(choice.logits[row.y]));
  scores[1] = isFinite ? mass : 0;
}
