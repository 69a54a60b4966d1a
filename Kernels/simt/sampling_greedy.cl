// Chooses the likeliest token of each row of logits, by the whole of a GPU-type device in one launch. Formulas and
// buffers: common/sampling_row.h.
//
//   groups    |    0    |    1    |   ...   |      S = ceil(V / groups) ids each
//   found     a key each: the best score's rank, then the lowest id that has it; and the best logit's rank
//   chosen    the smallest key, by the group that comes last
//
// For rows that are greedy, without a penalty, and want no log-probability; sampling_blocks.cl chooses for others. No
// group reads what the last one of a row writes: of a sequence that has ended it looks at the logits in vain.
//
// Global size (WG * groups, rows), local (WG, 1, 1), with at most WG groups. Local memory: 16 bytes an item.
//
// found     (rows, groups, 4)  words that the groups of a row leave for the last one
// arrivals  (rows)             0 before and after

#include "simt/exchange.h"
#include "simt/group.h"
#include "simt/sampling_scores.cl"

#define NO_KEY ((ulong)WORST << 32 | 0xFFFFFFFFu)

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void choose_likeliest(
    __global const float *logits, __global const Row *rows, __global uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global int *tokens, __global int *ended, __global Result *results,
    volatile __global uint *found, volatile __global int *arrivals) {
  __local ulong2 best[WG];  // key, rank of a logit
  __local int isLast;
  const uint item = get_local_id(0), groups = get_num_groups(0), group = get_group_id(0), index = get_group_id(1);
  __global const Row *row = rows + index;
  Choice choice;
  look(&choice, row, logits, seen, endOfText, endOfTextCount, V, stride, false);
  const uint share = ((uint)V + groups - 1) / groups, end = min((uint)choice.V, (group + 1) * share);
  found += (size_t)index * groups * 4;

  ulong2 own = (ulong2)(NO_KEY, WORST);
  for (uint token = group * share + item; token < end; token += WG) {
    const ulong key = (ulong)checkedRankOf(scoreOf(&choice, token)) << 32 | token;
    own = min(own, (ulong2)(key, checkedRankOf(normal(choice.logits[token]))));
  }
  best[item] = own;
  REDUCE(best, item, WG, min);
  if (item == 0) {
    put_word(found + 4 * group, (uint)(best[0].x >> 32));
    put_word(found + 4 * group + 1, (uint)best[0].x);
    put_word(found + 4 * group + 2, (uint)best[0].y);
  }
  if (!is_last(arrivals + index, (int)groups, &isLast)) return;

  own = (ulong2)(NO_KEY, WORST);
  if (item < groups) {
    own.x = (ulong)get_word(found + 4 * item) << 32 | get_word(found + 4 * item + 1);
    own.y = get_word(found + 4 * item + 2);
  }
  best[item] = own;
  REDUCE(best, item, WG, min);
  if (item > 0) return;
  const uint rank = (uint)(best[0].x >> 32), rawRank = (uint)best[0].y;
  Result result = {failureOf(rawRank, rank), 0, 0};
  if (result.token == 0) {
    result.token = (int)(uint)best[0].x;
    result.difference = scoreOfRank(rawRank) - scoreOfRank(rank);
  }
  if (has_ended(row, ended)) choice.V = 0;
  leave(&choice, row, &result, seen + (size_t)row->slot * ((V + 31) / 32), tokens, ended, results + index);
}
