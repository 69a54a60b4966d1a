// Order among work-groups of a launch: none, but what they make themselves by atomics and fences of the device.
//
//   the one group    writes; barrier; one item: fence, atomic update of a word
//                    or: writes, and each item that does: fence; barrier; one item: atomic update
//   the other group  one item: atomic update of that word, fence; barrier; all may touch what the first has written
//                    or: one item: atomic update; barrier; each item that touches it: fence
//
// A word remembers what those who updated it had let be known, and who updates it learns that. Phases, the times
// between two barriers of a group, have numbers of their own throughout a launch.
#pragma once
#include "state.h"

INLINE Clock **clock_list(Shared *shared, u64 address) { return shared->clocks + address / 4 % CLOCK_LISTS; }

ROUTINE Clock *clock_of(Shared *shared, u64 address, int make) {
  Clock **list = clock_list(shared, address), *clock = *list;
  while (clock && clock->address != address) clock = clock->next;
  if (clock || !make) return clock;
  clock = calloc(1, sizeof *clock + shared->groupCount * sizeof(u32));
  clock->address = address;
  clock->next = *list;
  return *list = clock;
}

ROUTINE void merge_clocks(u32 *to, const u32 *from, u32 count) {
  for (u32 i = 0; i < count; i++)
    if (to[i] < from[i]) to[i] = from[i];
}

// A lane's fence of the device.
ROUTINE void fence_device(Warp *w, int l) {
  w->fence[l] = w->group->phase;
  w->wrote[l] = 0;
  w->group->fences = 1;
  w->knows[l] = w->heard[l] || w->group->told;
  w->group->learns |= w->knows[l];
}

// A lane's atomic update of a word of a buffer; `tells` is 0 where it changes nothing.
ROUTINE void update_word(Warp *w, int l, u64 address, int tells) {
  Group *g = w->group;
  u32 count = g->shared->groupCount;
  const Clock *clock = clock_of(g->shared, address, 0);
  if (clock) {
    if (!g->learned) g->learned = calloc(count, sizeof(u32));
    merge_clocks(g->learned, clock->before, count);
    w->heard[l] = 1;
  }
  u32 before = w->fence[l] > g->fenced ? w->fence[l] : g->fenced;
  if (!tells || !before) return;
  Clock *told = clock_of(g->shared, address, 1);
  if (g->known) merge_clocks(told->before, g->known, count);
  if (told->before[g->number] < before) told->before[g->number] = before;
}

// A barrier of the group: what an item has learned before its fence, all know. `isFenced` says whether each item has
// fenced what it wrote.
ROUTINE void begin_phase(Group *g, int isFenced) {
  if (g->learns) {
    if (!g->known) g->known = calloc(g->shared->groupCount, sizeof(u32));
    merge_clocks(g->known, g->learned, g->shared->groupCount);
  }
  g->told = g->learned != NULL;
  g->learns = 0;
  g->phase = ++g->shared->phase;
  if (isFenced && g->fences) g->fenced = g->phase;
}

// Whether an item may touch what another group wrote in a phase.
INLINE int is_known(const Warp *w, int l, u32 group, u32 phase) {
  const Group *g = w->group;
  return (g->known && phase < g->known[group]) || (w->knows[l] && g->learned && phase < g->learned[group]);
}

ROUTINE void free_clocks(Shared *shared) {
  for (u32 i = 0; i < CLOCK_LISTS; i++)
    for (Clock *clock = shared->clocks[i], *next; clock; clock = next) next = clock->next, free(clock);
}
