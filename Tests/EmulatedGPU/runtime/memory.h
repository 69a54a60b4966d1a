// Places in memory, after a check of each access: alignment, bounds, bytes that have no value yet, and order among
// items.
//
// Two items of a work-group may touch the same word, one of them writing, only with a barrier between them, or a
// barrier of their warp; items of different groups only in the order of order.h. Words remember who touched them. Of
// words that items write parts of, such as two fp16 numbers, nothing is known until the next barrier. Atomic updates
// are in order always.
#pragma once
#include "checks.h"
#include "order.h"

enum { READS, WRITES, UPDATES, LOOKS, ASKS };  // LOOKS: an atomic update that changes nothing; ASKS: a prefetch
enum { IN_GLOBAL, IN_SHARED, IN_GENERIC };
#define SECTOR 32            // bytes that caches bring at once
#define PART 0x80000000u     // of a word: some bytes
#define MANY 0x7FFFFFFFu     // items of several warps
#define OF_WARP 0x40000000u  // several items of a warp, whose number follows

static u8 nowhere[64] __attribute__((aligned(64)));

INLINE u32 stamp_of(const Warp *w) { return w->group->phase << 8 | (w->phase & 255); }

// Whether an access of warp `number` at `when` is not in order with what this warp does now.
INLINE int is_unordered(const Warp *w, u32 when, u32 number) {
  return when >> 8 == w->group->phase && (number != w->number || when == stamp_of(w));
}

ROUTINE void fail_race(Warp *w, int l, u32 site, u32 other, const char *place, int access, int did) {
  char name[64] = "others";
  if ((other & ~PART) < OF_WARP) name_item(w->group, (other & ~PART) - 1, name);
  fail(w, l, site, "two work-items touch one address without a barrier between them",
       "  address  %s\n  this one %s it, item %s %s it\n  expected a barrier between the two\n", place,
       access == READS ? "reads" : "writes", name, did == READS ? "read" : "wrote");
}

ROUTINE void check_local_order(Warp *w, int l, u64 address, u32 size, int access, u32 site) {
  Group *g = w->group;
  u32 item = w->number * 32 + l + 1, now = stamp_of(w), part = size < 4 ? PART : 0;
  for (u64 i = address / 4; i <= (address + size - 1) / 4; i++) {
    WordUse *word = g->words + i;
    u32 writer = word->writer & ~PART;
    int written = writer && word->written >> 8 == g->phase;
    int unordered = written && writer != item && is_unordered(w, word->written, (writer - 1) / 32);
    if (UNLIKELY(unordered && writer != MANY && !(part && word->writer & PART))) {
      char place[256];
      name_local(g, i * 4, place);
      fail_race(w, l, site, writer, place, access, WRITES);
      return;
    }
    u32 reader = word->reader & ~PART, readerWarp = reader & OF_WARP ? reader & ~OF_WARP : (reader - 1) / 32;
    int read = reader && word->read >> 8 == g->phase;
    if (access == READS) {
      int same = read && is_unordered(w, word->read, reader == MANY ? ~0u : readerWarp);
      if (!same || (word->reader & PART) != part)
        word->reader = item | (read && reader != item && (word->reader & PART) != part ? PART : part);
      else if (reader != item && reader != (OF_WARP | w->number) && reader != MANY)
        word->reader = (readerWarp == w->number ? OF_WARP | w->number : MANY) | part;
      else if (reader != MANY && readerWarp != w->number)
        word->reader = MANY | part;
      word->read = now;
    } else {
      int conflict = read && reader != item && is_unordered(w, word->read, reader == MANY ? ~0u : readerWarp);
      if (UNLIKELY(conflict && !(part && word->reader & PART))) {
        char place[256];
        name_local(g, i * 4, place);
        fail_race(w, l, site, reader, place, access, READS);
        return;
      }
      word->writer = (unordered ? MANY : item) | part;
      word->written = now;
    }
  }
}

// Bytes of local memory. Those that cp.async fills have a value only once it has been waited for.
ROUTINE u8 *local_place(Warp *w, int l, u64 address, u32 size, int access, u32 site) {
  Group *g = w->group;
  char place[256];
  if (UNLIKELY(address & (size - 1))) {
    name_local(g, address, place);
    fail(w, l, site, "a misaligned access of local memory", "  address  %s\n  expected a multiple of %u bytes\n", place,
         size);
    return nowhere;
  }
  if (UNLIKELY(address >= g->localSize || size > g->localSize - address)) {
    name_local(g, address, place);
    fail(w, l, site, "an access outside of local memory", "  address  %s\n  expected %u bytes inside of one array\n",
         place, size);
    return nowhere;
  }
  const u8 *states = g->states + address;
  for (u32 i = 0; i < size; i++) {
    if (states[i] == HAS_VALUE || (states[i] == NEVER_WRITTEN && access == WRITES)) continue;
    name_local(g, address + i, place);
    if (states[i] == IS_GAP)
      fail(w, l, site, "an access outside of local memory", "  address  %s\n  expected %u bytes inside of one array\n",
           place, size);
    else if (states[i] == IS_COPIED)
      fail(w, l, site, "local memory is used before cp.async has filled it",
           "  address  %s\n  expected cp.async.wait_group or wait_all of the item that copies, then a barrier\n",
           place);
    else
      fail(w, l, site, "local memory is read before it is written", "  address  %s\n  expected a store before\n",
           place);
    return nowhere;
  }
  if (access < UPDATES) check_local_order(w, l, address, size, access, site);
  if (access == WRITES) memset(g->states + address, HAS_VALUE, size);
  return g->local + address;
}

ROUTINE Range *find_range(Group *g, u64 address, u32 size) {
  for (u32 i = 0; i < g->rangeCount; i++) {
    const Range *r = g->ranges + i;
    if (address - r->base < r->size && size <= r->size - (address - r->base)) {
      g->lastRange = i;
      return g->ranges + i;
    }
  }
  return NULL;
}

ROUTINE void check_global_order(Warp *w, int l, Range *r, u64 address, u32 size, int access, u32 site) {
  Group *g = w->group;
  u32 item = g->number * g->items + w->number * 32 + l + 1, now = stamp_of(w), part = size < 4 ? PART : 0;
  for (u64 i = (address - r->base) / 4; i <= (address - r->base + size - 1) / 4; i++) {
    WordWrite *word = r->writes + i;
    u32 writer = word->writer & ~PART;
    int unordered = 0;
    if (writer && writer != item && writer != MANY) {
      u32 group = (writer - 1) / g->items;
      unordered = group != g->number ? !is_known(w, l, group, word->written >> 8)
                                     : is_unordered(w, word->written, (writer - 1) % g->items / 32);
    }
    if (UNLIKELY(unordered && !(part && word->writer & PART))) {
      char place[256], other[64];
      name_global(g, r->base + i * 4, place);
      name_item(g, (writer - 1) % g->items, other);
      u32 group = (writer - 1) / g->items;
      fail(w, l, site,
           group == g->number ? "two work-items touch one address without a barrier between them"
                              : "items of two work-groups touch one address",
           "  address  %s\n  this one %s it, item %s of group %u wrote it\n  expected %s\n", place,
           access == READS ? "reads" : "writes", other, group,
           group == g->number ? "a barrier between the two"
                              : "groups that share nothing, or atomics, fences and barriers between them");
      return;
    }
    if (access == READS) continue;
    word->writer = (unordered ? MANY : item) | part;
    word->written = now;
  }
}

// A unit's own cache brings a sector once for all of a group's items.
INLINE void read_sectors(const Group *g, Range *r, u64 offset, u32 size) {
  for (u64 i = offset / SECTOR; i <= (offset + size - 1) / SECTOR; i++)
    if (r->readers[i] != g->number + 1) r->readers[i] = g->number + 1, r->sectors++;
}

ROUTINE u8 *checked_place(Warp *w, int l, u64 address, u32 size, int access, u32 site) {
  Group *g = w->group;
  char place[256];
  if (UNLIKELY(address & (size - 1))) {
    name_global(g, address, place);
    fail(w, l, site, "a misaligned access", "  address  %s\n  expected a multiple of %u bytes\n", place, size);
    return nowhere;
  }
  Range *r = g->ranges + g->lastRange;
  if (UNLIKELY(address - r->base >= r->size || size > r->size - (address - r->base))) r = find_range(g, address, size);
  if (UNLIKELY(!r || (r->isConstant && access != READS && access != ASKS))) {
    name_global(g, address, place);
    fail(w, l, site, r ? "a write to constant memory" : "an access outside of all buffers",
         "  address  %s\n  expected %u bytes inside of one buffer\n", place, size);
    return nowhere;
  }
  if (access == READS && r->readers) read_sectors(g, r, address - r->base, size);
  if (access == LOOKS) w->looks++;
  if (access == UPDATES || access == LOOKS) update_word(w, l, address, access == UPDATES);
  if (r->isConstant || access >= UPDATES) return (u8 *)address;
  u8 *page = r->pages + (address - r->base) / 4096;
  if (access == READS ? UNLIKELY(*page) : 1) check_global_order(w, l, r, address, size, access, site);
  if (access == WRITES) *page = 1, w->wrote[l] = 1;
  return (u8 *)address;
}

// Bytes of a buffer, which must lie inside of one. Most accesses read what the launch does not write.
INLINE u8 *global_place(Warp *w, int l, u64 address, u32 size, int access, u32 site) {
  const Range *r = w->group->ranges + w->group->lastRange;
  u64 offset = address - r->base;
  if (access == READS && !(address & (size - 1)) && offset < r->size && size <= r->size - offset && !r->isConstant &&
      !r->pages[offset / 4096] && !r->readers)
    return (u8 *)address;
  return checked_place(w, l, address, size, access, site);
}

// Bytes of an item's own frame.
ROUTINE u8 *private_place(Warp *w, int l, u64 address, u32 size, int access, u32 site) {
  u64 offset = address - w->frame[l], all = w->group->code->frameBytes;
  if (UNLIKELY(address & (size - 1) || offset >= all || size > all - offset)) {
    fail(w, l, site, "an access outside of private memory, or a misaligned one",
         "  address  byte %lld of %llu\n  expected %u bytes at a multiple of them\n", (long long)offset,
         (unsigned long long)all, size);
    return nowhere;
  }
  return (u8 *)address;
}

// Bytes at a generic address, which may be in any memory.
ROUTINE u8 *generic_place(Warp *w, int l, u64 address, u32 size, int access, u32 site) {
  Group *g = w->group;
  if (address - (u64)g->local < g->localSize) return local_place(w, l, address - (u64)g->local, size, access, site);
  if (address - w->frame[l] < g->code->frameBytes) return private_place(w, l, address, size, access, site);
  return global_place(w, l, address, size, access, site);
}
