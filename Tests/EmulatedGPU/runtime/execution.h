// Runs a launch: groups one after the other, their warps one after the other from barrier to barrier, basic blocks for
// the lanes that are at them, the first block first: that brings lanes together again. A group of which a warp has run
// for long may be waiting for another: then others have their turn, as many as the device runs at the same time.
#pragma once
#include <sys/mman.h>

#include "copies.h"
#include "matrices.h"

// Whether the lanes that must take part in a warp's operation are there; those that are no work-items need not.
ROUTINE int is_gathered(const Warp *w, const u32 *M, u32 members) {
  LANES
    if (members >> l & 1 && !M[l] && w->state[l] != NO_ITEM) return 0;
  return 1;
}

ROUTINE void fail_gathering(Warp *w) {
  int early = 0, other = -1;
  LANES
    if (w->state[l] == IS_EARLY) early = l;
  LANES
    if (w->state[l] <= ENDED && (w->state[l] != IS_EARLY || w->place[l] != w->place[early])) other = l;
  const Code *code = w->group->code;
  u32 site = code->blocks[w->place[early]].site;
  const char *does = other < 0 ? "is no work-item" : w->state[other] == ENDED ? "has ended" : "waits";
  const Site *at = other >= 0 && w->state[other] != ENDED
                       ? code->sites + (w->state[other] == WAITS ? w->site[other] : code->blocks[w->place[other]].site)
                       : NULL;
  fail(w, early, site, "an operation of a warp that is not together",
       "  missing  lane %d, which %s%s%s\n  expected all lanes that the operation names\n", other, does,
       at ? " at " : "", at ? at->text : "");
}

// A line of the trace: a block, and how many lanes ran it.
ROUTINE void trace_block(const Warp *w, u32 block, const u32 *M) {
  int lanes = 0;
  LANES lanes += M[l] != 0;
  fprintf(w->group->launch->trace, "%u %u %u\n", w->number, block, lanes);
}

// Basic blocks of a turn that a look at what others do takes.
enum { LOOK = 4096 };

// Runs a warp until all of its lanes wait for the group or have ended, or its turn is over. Returns whether it is.
ROUTINE int step_warp(Warp *w) {
  Group *g = w->group;
  for (u64 left = g->launch->turn; !g->failed; left--) {
    u32 place = ~0u, M[32] __attribute__((aligned(64)));
    int early = 0, count = g->items < 32 ? g->items : 32;
    for (int l = 0; l < count; l++) {
      if (w->state[l] == RUNS && w->place[l] < place) place = w->place[l];
      early |= w->state[l] == IS_EARLY;
    }
    if (place == ~0u) {
      if (early) fail_gathering(w);
      return 0;
    }
    if (!left) return 1;
    const Block *block = g->code->blocks + place;
    int ran;
    if (count == 1 && block->runOne) {
      M[0] = ~0u;
      ran = block->runOne(w, M);
    } else {
      LANES
        M[l] = w->state[l] <= IS_EARLY && w->place[l] == place ? ~0u : 0;
      ran = block->run(w, M);
    }
    if (UNLIKELY(w->looks)) {  // who looks again and again waits for others
      left = g->launch->trace ? left : left > LOOK ? left - LOOK : 1;
      w->looks = 0;
    }
    if (ran && UNLIKELY(g->launch->trace != NULL)) trace_block(w, place, M);
    for (int l = 0; l < count; l++)
      if (M[l] && w->state[l] <= IS_EARLY) w->state[l] = ran ? RUNS : IS_EARLY;
    if (UNLIKELY(w->steps++ > g->launch->mostSteps))
      fail(w, 0, block->site, "a kernel that does not end", "  after    %llu basic blocks of a warp\n",
           (unsigned long long)w->steps);
  }
  return 0;
}

// Whether all items wait at one barrier, or all have ended; reports where neither is so.
ROUTINE int is_ready(Group *g, Warp **warps, u32 warpCount) {
  Warp *waits = NULL, *differs = NULL;
  int waiting = 0, differing = 0;
  for (u32 i = 0; i < warpCount; i++)
    LANES
      if (warps[i]->state[l] == WAITS && !waits) waits = warps[i], waiting = l;
  if (!waits) return 0;
  for (u32 i = 0; i < warpCount; i++)
    LANES
      if (warps[i]->state[l] != NO_ITEM && (warps[i]->state[l] == ENDED || warps[i]->place[l] != waits->place[waiting]))
        differs = warps[i], differing = l;
  if (!differs) return 1;
  char name[64];
  name_item(g, differs->number * 32 + differing, name);
  int ended = differs->state[differing] == ENDED;
  const Site *at = g->code->sites + differs->site[differing];
  fail(waits, waiting, waits->site[waiting], "a barrier that not all work-items of the group reach",
       "  other    item %s %s, line %u of the source\n  expected all items to reach the same barrier\n", name,
       ended ? "has ended" : "waits at another barrier", at->sourceLine);
  return 0;
}

ROUTINE void begin_group(Group *g, Warp **warps, u32 warpCount, u8 *frames) {
  const Code *code = g->code;
  for (u32 i = 0; i < warpCount; i++) {
    Warp *w = warps[i];
    Copy *copies = w->copies;
    u32 room = w->copyRoom;
    memset(w, 0, sizeof *w);
    memset(w + 1, 0xFF, code->registerBytes - sizeof *w);  // what nobody has written is no number
    w->group = g, w->number = i, w->copies = copies, w->copyRoom = room;
    LANES {
      u32 item = i * 32 + l;
      w->state[l] = item < g->items ? RUNS : NO_ITEM;
      w->item[0][l] = item % g->size[0];
      w->item[1][l] = item / g->size[0] % g->size[1];
      w->item[2][l] = item / g->size[0] / g->size[1];
      w->frame[l] = (u64)(frames + code->frameBytes * item);
    }
  }
  begin_phase(g, 0);
}

// Runs a group until it has ended, or its turn is over. Returns whether it is.
ROUTINE int continue_group(Group *g, Warp **warps, u32 warpCount) {
  do {
    int goesOn = 0;
    for (u32 i = 0; i < warpCount && !g->failed; i++)
      goesOn |= step_warp(warps[g->launch->backward ? warpCount - 1 - i : i]);
    if (goesOn) return 1;
    int wrote = 0;
    for (u32 i = 0; i < warpCount; i++) {
      warps[i]->phase = 0;
      LANES wrote |= warps[i]->wrote[l], warps[i]->knows[l] = 0;
    }
    begin_phase(g, !wrote);
    if (g->launch->trace) fprintf(g->launch->trace, "barrier\n");
    if (g->failed || !is_ready(g, warps, warpCount)) return 0;
    for (u32 i = 0; i < warpCount; i++)
      LANES
        if (warps[i]->state[l] == WAITS) warps[i]->state[l] = RUNS;
  } while (1);
}

// Lays out local memory: the static arrays, then those of the arguments, whose addresses become parameters.
ROUTINE void lay_out_local(Group *g, Launch *launch) {
  const Code *code = g->code;
  u64 end = (code->arrayBytes + 127) / 128 * 128;
  memcpy(g->arrays, code->arrays, code->arrayCount * sizeof(LocalArray));
  g->arrayCount = code->arrayCount;
  for (u32 i = 0; i < code->kernel->parameterCount; i++) {
    const Parameter *p = code->kernel->parameters + i;
    if (p->pointsTo != TO_LOCAL || g->arrayCount == MOST_ARRAYS) continue;
    memcpy(launch->parameters + p->offset, &end, 8);
    g->arrays[g->arrayCount++] = (LocalArray){end, launch->localSizes[i], NULL, i};
    end = (end + launch->localSizes[i] + GAP + 127) / 128 * 128;
  }
  g->localSize = end;
  g->local = aligned_alloc(256, (end + 511) / 256 * 256);
  g->states = malloc(end + 16);
  g->words = calloc(end / 4 + 4, sizeof(WordUse));
}
ROUTINE void clear_local(Group *g) {
  memset(g->local, 0xFF, g->localSize);
  memset(g->states, IS_GAP, g->localSize);
  for (u32 i = 0; i < g->arrayCount; i++) memset(g->states + g->arrays[i].offset, NEVER_WRITTEN, g->arrays[i].size);
}

ROUTINE void *zeros(u64 size) {  // pages that nobody touches cost nothing
  void *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) abort();
  return place;
}

// A group that runs, or room for one.
typedef struct {
  Group group;
  Warp **warps;
  u8 *frames;
  int isTaken;
} Slot;

ROUTINE void make_slot(Slot *slot, const Group *like, u32 warpCount) {
  const Code *code = like->code;
  slot->group = *like;
  lay_out_local(&slot->group, like->launch);
  slot->warps = calloc(warpCount, sizeof *slot->warps);
  for (u32 i = 0; i < warpCount; i++) {
    slot->warps[i] = aligned_alloc(64, (code->registerBytes + 63) / 64 * 64);
    memset(slot->warps[i], 0, sizeof(Warp));
  }
  slot->frames = malloc(code->frameBytes * 32 * warpCount + 1);
}

ROUTINE void free_slot(Slot *slot, u32 warpCount) {
  Group *g = &slot->group;
  for (u32 i = 0; i < warpCount; i++) free(slot->warps[i]->copies), free(slot->warps[i]);
  free(slot->warps), free(slot->frames), free(g->local), free(g->states), free(g->words);
  free(g->known), free(g->learned);
}

// Groups that may wait for the last of them, side by side, and are traced together: where they are few.
ROUTINE u32 team_of(const Launch *launch) {
  u32 team = launch->groups[0];
  return team <= launch->sample ? team : 1;
}

// All, or as many as there are to be traced.
ROUTINE u32 groups_that_run(const Launch *launch, u32 count) {
  if (!launch->sample || launch->sample >= count) return count;
  return launch->sample / team_of(launch) * team_of(launch);
}

// Lines of the trace, behind those of a group: how many sectors of each argument's buffer it has read.
ROUTINE void trace_reads(Group *g) {
  for (u32 i = 0; i < g->launch->bufferCount && i < MOST_RANGES; i++) {
    Range *r = g->ranges + i;
    if (r->sectors) fprintf(g->launch->trace, "read %u %llu\n", r->argument, (unsigned long long)r->sectors);
    r->sectors = 0;
  }
}

// Begins the group that comes `place`-th.
ROUTINE void take_slot(Slot *slot, u32 place, u32 warpCount) {
  Group *g = &slot->group;
  u32 count = g->shared->groupCount, runs = groups_that_run(g->launch, count);
  g->number = g->launch->backward ? count - 1 - place : place;
  if (runs < count) {  // teams, evenly spaced, but the first one: behind it there may be groups of another kind
    u32 team = team_of(g->launch), which = place / team;
    g->number = (which ? (2 * which + 1) * (u64)(count / team) / (2 * (runs / team)) * team : 0) + place % team;
  }
  if (g->launch->trace) fprintf(g->launch->trace, "group %u\n", g->number);
  g->index[0] = g->number % g->count[0];
  g->index[1] = g->number / g->count[0] % g->count[1];
  g->index[2] = g->number / g->count[0] / g->count[1];
  if (g->known) memset(g->known, 0, count * sizeof(u32));
  if (g->learned) memset(g->learned, 0, count * sizeof(u32));
  g->learns = g->told = g->fences = 0, g->fenced = 0;
  clear_local(g);
  begin_group(g, slot->warps, warpCount, slot->frames);
  slot->isTaken = 1;
}

ROUTINE int run_launch(const Code *code, Launch *launch) {
  Shared *shared = calloc(1, sizeof *shared);
  Group g = {.code = code, .launch = launch, .parameters = launch->parameters, .shared = shared, .items = 1};
  if (launch->trace) launch->turn = ~0ull;  // a group is traced from its begin to its end
  if (!launch->turn) launch->turn = 1 << 16;
  if (!launch->resident) launch->resident = 64;
  for (u32 i = 0; i < launch->bufferCount && g.rangeCount < MOST_RANGES; i++) {
    const Buffer *b = launch->buffers + i;
    g.ranges[g.rangeCount++] = (Range){
        b->base, b->size, b->argument, 0, zeros(b->size / 4096 + 1), zeros((b->size / 4 + 1) * sizeof(WordWrite)),
        launch->trace ? zeros((b->size / SECTOR + 1) * sizeof(u32)) : NULL, 0};
  }
  for (u32 i = 0; i < code->constantCount && g.rangeCount < MOST_RANGES; i++)
    g.ranges[g.rangeCount++] = code->constants[i];
  for (int i = 0; i < 3; i++) g.size[i] = launch->items[i], g.count[i] = launch->groups[i], g.items *= launch->items[i];
  shared->groupCount = g.count[0] * g.count[1] * g.count[2];
  u32 runs = groups_that_run(launch, shared->groupCount);
  u32 warpCount = (g.items + 31) / 32, slotCount = 0, begun = 0, ended = 0, failed = 0;
  Slot *slots = calloc(launch->resident, sizeof *slots);
  for (u32 i = 0; ended < runs && !failed; i = (i + 1) % launch->resident) {
    Slot *slot = slots + i;
    while (!failed && (slot->isTaken || begun < runs)) {
      if (i == slotCount) make_slot(slot, &g, warpCount), slotCount++;
      if (!slot->isTaken) take_slot(slot, begun++, warpCount);
      int goesOn = continue_group(&slot->group, slot->warps, warpCount);
      failed = slot->group.failed;
      if (goesOn) break;
      if (launch->trace) trace_reads(&slot->group);
      slot->isTaken = 0;
      ended++;
    }
  }
  for (u32 i = 0; i < launch->bufferCount && i < MOST_RANGES; i++) {
    munmap(g.ranges[i].pages, g.ranges[i].size / 4096 + 1);
    munmap(g.ranges[i].writes, (g.ranges[i].size / 4 + 1) * sizeof(WordWrite));
    if (launch->trace) munmap(g.ranges[i].readers, (g.ranges[i].size / SECTOR + 1) * sizeof(u32));
  }
  for (u32 i = 0; i < slotCount; i++) free_slot(slots + i, warpCount);
  free_clocks(shared);
  free(slots), free(shared);
  return failed;
}
