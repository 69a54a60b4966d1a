// The state of a work-group and of its warps while they run.
#pragma once
#include "lanes.h"
#include "launch.h"

// An instruction that may fail: its line and text in PTX, and the line of the OpenCL C that it comes from.
typedef struct {
  u32 line, sourceLine;
  const char *text;
} Site;

// An array of local memory. Between two of them lie bytes that belong to none.
typedef struct {
  u64 offset, size;
  const char *name;
  u32 argument;  // where it has no name
} LocalArray;

// Who touched a word of memory last, and when. Items count from 1; `when` is a phase: what lies between two barriers of
// the group, times 256, plus that of the warp.
typedef struct {
  u32 writer, written, reader, read;
} WordUse;
typedef struct {
  u32 writer, written;
} WordWrite;

// A buffer, and the words of it that this launch wrote: of the pages of 4 KiB that have any.
typedef struct {
  u64 base, size;
  u32 argument;
  int isConstant;
  u8 *pages;
  WordWrite *writes;
} Range;

typedef struct Block Block;
typedef struct {
  const EmulatedKernel *kernel;
  const Block *blocks;
  const Site *sites;
  const LocalArray *arrays;  // static ones
  u32 blockCount, arrayCount, registerBytes;
  u64 arrayBytes, frameBytes;  // local memory with the gaps between arrays; an item's private memory
  const Range *constants;
  u32 constantCount;
} Code;

// That a group updated an address after a fence: a group that updates it later, and has a fence then, sees what it
// wrote before that phase.
typedef struct {
  u64 address;
  u32 group, phase;
} Publication;

enum { MOST_RANGES = 64, MOST_ARRAYS = 64, GAP = 32 };
typedef struct {
  u32 size[3], index[3], count[3], items, number;
  const u8 *parameters;
  u8 *local, *states;  // bytes of local memory, and what each is
  u64 localSize;
  WordUse *words;
  u32 phase;
  Range ranges[MOST_RANGES];
  LocalArray arrays[MOST_ARRAYS];
  u32 rangeCount, lastRange, arrayCount;
  Publication *publications;
  u32 publicationCount, publicationRoom;
  u32 *seenUntil, *fencedUntil;  // of each group: the phase, 0 where nothing, and what a fence has made of that
  int isFenced;                  // whether the group has written nothing for others since its last fence
  const Code *code;
  Launch *launch;
  int failed;
} Group;

// What a byte of local memory is.
enum { NEVER_WRITTEN, HAS_VALUE, IS_COPIED, IS_GAP };
// What a lane does: goes on, waits for its warp, waits for its group, nothing any more.
enum { RUNS, IS_EARLY, WAITS, ENDED, NO_ITEM };

typedef struct {
  u64 to, from;
  u32 size, given, group, site;
  u8 lane;
} Copy;

typedef struct {
  Group *group;
  u32 number, phase;
  u32 place[32], state[32], site[32], item[3][32];  // place: the block that a lane is at
  u64 frame[32];                                    // the address of an item's private memory
  u32 copyGroup[32], copyCount, copyRoom;
  Copy *copies;
} Warp;

// Runs a basic block for the lanes of a mask; 0 where lanes that must take part are not there yet.
struct Block {
  int (*run)(Warp *, const u32 *mask);
  int (*runOne)(Warp *, const u32 *mask);  // the same for groups of one item, where there may be such
  u32 site;                                // of the barrier or warp operation that the block begins or ends with
};
