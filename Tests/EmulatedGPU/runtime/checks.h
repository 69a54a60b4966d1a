// Reports of what a GPU would not forgive. The first of a launch ends it.
#pragma once
#include <stdarg.h>

#include "state.h"

static void print_source_line(FILE *out, const char *path, u32 number) {
  FILE *file = path && number ? fopen(path, "r") : NULL;
  char line[512] = "";
  for (u32 i = 0; file && i < number && fgets(line, sizeof line, file);) i += strchr(line, '\n') != NULL;
  if (file) fclose(file);
  line[strcspn(line, "\n")] = 0;
  fprintf(out, "  source   %s:%u: %s\n", path, number, line + strspn(line, " "));
}

// `what` in one line; then the place in the source, the instruction, the item, and details.
ROUTINE void fail(Warp *w, int l, u32 site, const char *what, const char *details, ...) {
  Group *g = w->group;
  if (g->failed++) return;
  FILE *out = fmemopen(g->launch->report, g->launch->reportSize, "w");
  if (!out) return;
  const Site *at = g->code->sites + site;
  fprintf(out, "%s: %s\n", g->code->kernel->name, what);
  print_source_line(out, g->launch->source, at->sourceLine);
  fprintf(out, "  PTX      line %u: %s\n", at->line, at->text);
  fprintf(out, "  group    (%u, %u, %u) of (%u, %u, %u)\n", g->index[0], g->index[1], g->index[2], g->count[0],
          g->count[1], g->count[2]);
  fprintf(out, "  item     (%u, %u, %u) of (%u, %u, %u): lane %d of warp %u\n", w->item[0][l], w->item[1][l],
          w->item[2][l], g->size[0], g->size[1], g->size[2], l, w->number);
  va_list arguments;
  va_start(arguments, details);
  vfprintf(out, details, arguments);
  va_end(arguments);
  fclose(out);
}

// Words for an item of the group by its number.
ROUTINE void name_item(Group *g, u32 item, char name[64]) {
  snprintf(name, 64, "(%u, %u, %u)", item % g->size[0], item / g->size[0] % g->size[1], item / g->size[0] / g->size[1]);
}

// Words for a place in local memory: the array that it is in, or that it is behind.
ROUTINE void name_local(Group *g, u64 address, char name[256]) {
  const LocalArray *array = NULL;
  for (u32 i = 0; i < g->arrayCount; i++)
    if (g->arrays[i].offset <= address) array = g->arrays + i;
  if (!array)
    snprintf(name, 256, "local memory at 0x%llx, where nothing is", (unsigned long long)address);
  else if (array->name)
    snprintf(name, 256, "byte %llu of the local array '%s' of %llu", (unsigned long long)(address - array->offset),
             array->name, (unsigned long long)array->size);
  else
    snprintf(name, 256, "byte %llu of the local memory of argument %u, of %llu",
             (unsigned long long)(address - array->offset), array->argument, (unsigned long long)array->size);
}

// Words for an address: the buffer that it is in, or the next one before or behind it.
ROUTINE void name_global(Group *g, u64 address, char name[256]) {
  const Range *nearest = NULL;
  u64 distance = ~0ull;
  for (u32 i = 0; i < g->rangeCount; i++) {
    const Range *r = g->ranges + i;
    u64 away = address < r->base ? r->base - address : address >= r->base + r->size ? address - (r->base + r->size) : 0;
    if (away < distance) nearest = r, distance = away;
  }
  if (!nearest)
    snprintf(name, 256, "0x%llx; the kernel has no buffers", (unsigned long long)address);
  else
    snprintf(name, 256, "byte %lld of the buffer of argument %u, of %llu", (long long)(address - nearest->base),
             nearest->argument, (unsigned long long)nearest->size);
}

ROUTINE void fail_shuffle(Warp *w, int l, int from, u32 site) {
  fail(w, l, site, "a shuffle reads from a lane that does not take part",
       "  lane     %d, which %s\n  expected every lane that is read from to run the same shuffle\n", from,
       w->state[from] == NO_ITEM ? "is no work-item"
       : w->state[from] == ENDED ? "has ended"
                                 : "is elsewhere");
}

INLINE s64 divide_signed(Warp *w, int l, s64 a, s64 b, int quotient, u32 site) {
  if (UNLIKELY(b == 0)) {
    fail(w, l, site, "integer division by zero", "  dividend %lld\n  expected a divisor that is not 0\n", (long long)a);
    return 0;
  }
  if (b == -1) return quotient ? (s64)(0 - (u64)a) : 0;
  return quotient ? a / b : a % b;
}
INLINE u64 divide_unsigned(Warp *w, int l, u64 a, u64 b, int quotient, u32 site) {
  if (UNLIKELY(b == 0)) {
    fail(w, l, site, "integer division by zero", "  dividend %llu\n  expected a divisor that is not 0\n",
         (unsigned long long)a);
    return 0;
  }
  return quotient ? a / b : a % b;
}
