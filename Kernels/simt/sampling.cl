// Chooses one token for each row of logits, on GPU-type devices: a work-group of WG items a row, for many rows.
// Of few, sampling_blocks.cl makes the whole device choose. Formulas and buffers: common/sampling_row.h.
//
// Global size (WG * rows), local (WG), 16 bytes of local memory an item.
#include "simt/sampling_selection.cl"

__attribute__((reqd_work_group_size(WG, 1, 1)))
__kernel void sample(
    __global const float *logits, __global const Row *rows, __global uint *seen, __global const int *endOfText,
    int endOfTextCount, int V, int stride, __global int *tokens, __global int *ended, __global Result *results) {
  __local Shared shared;
  __global const Row *row = rows + get_group_id(0);
  Choice choice;
  look(&choice, row, logits, seen, endOfText, endOfTextCount, V, stride, has_ended(row, ended));

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
