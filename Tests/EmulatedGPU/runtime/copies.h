// cp.async: what is copied arrives when it is waited for, and not before.
#pragma once
#include "memory.h"

ROUTINE void begin_copy(Warp *w, int l, u64 to, u64 from, u32 size, u32 given, u32 site) {
  if (size != 4 && size != 8 && size != 16) {
    fail(w, l, site, "a copy of a size that there is not", "  size     %u bytes\n  expected 4, 8 or 16\n", size);
    return;
  }
  if (given) global_place(w, l, from & ~(u64)(size - 1), 1, READS, site);
  if (from & (size - 1)) global_place(w, l, from, size, READS, site);  // reports it
  u8 *place = local_place(w, l, to, size, WRITES, site);
  if (w->group->failed || place == nowhere) return;
  memset(w->group->states + to, IS_COPIED, size);
  if (w->copyCount == w->copyRoom) w->copies = realloc(w->copies, (w->copyRoom = 2 * w->copyRoom + 256) * sizeof(Copy));
  w->copies[w->copyCount++] = (Copy){to, from, size, given < size ? given : size, w->copyGroup[l], site, (u8)l};
}

// Makes the copies of a lane but those of its last `left` groups.
ROUTINE void finish_copies(Warp *w, int l, u32 left) {
  u32 kept = 0;
  for (u32 i = 0; i < w->copyCount; i++) {
    Copy c = w->copies[i];
    if (c.lane != l || c.group + left >= w->copyGroup[l]) {
      w->copies[kept++] = c;
      continue;
    }
    u8 bytes[16] = {0};
    for (u32 k = 0; k < c.given; k += 4) memcpy(bytes + k, global_place(w, l, c.from + k, 4, READS, c.site), 4);
    memset(w->group->states + c.to, HAS_VALUE, c.size);
    memcpy(local_place(w, l, c.to, c.size, WRITES, c.site), bytes, c.size);
  }
  w->copyCount = kept;
}
