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

// A buffer, and the words of it that this launch wrote: of the pages of 4 KiB that have any. Of a launch that is
// traced, the group that last read a sector of 32 bytes, from 1 on, and how many of them this group has read.
typedef struct {
  u64 base, size;
  u32 argument;
  int isConstant;
  u8 *pages;
  WordWrite *writes;
  u32 *readers;
  u64 sectors;
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

enum { MOST_RANGES = 64, MOST_ARRAYS = 64, GAP = 32 };
// What groups have let others know by an atomic update of a word: of each group, what it wrote before a phase.
typedef struct Clock {
  struct Clock *next;
  u64 address;
  u32 before[];
} Clock;

// What the groups of a launch have in common.
enum { CLOCK_LISTS = 4096 };
typedef struct {
  u32 phase, groupCount;
  Clock *clocks[CLOCK_LISTS];
} Shared;

typedef struct {
  u32 size[3], index[3], count[3], items, number;
  Shared *shared;
  u32 *known, *learned;  // of each group, what it wrote before a phase: what this one may touch, and what it may soon
  int learns;            // whether a fence came behind what it has learned
  int told;              // whether there was a barrier behind that: an item may fence for itself then
  u32 fenced;            // before this phase, each item fenced what it wrote itself; 0 where none did
  int fences;            // whether an item has fenced
  const u8 *parameters;
  u8 *local, *states;  // bytes of local memory, and what each is
  u64 localSize;
  WordUse *words;
  u32 phase;
  Range ranges[MOST_RANGES];
  LocalArray arrays[MOST_ARRAYS];
  u32 rangeCount, lastRange, arrayCount;
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
  u64 steps;      // basic blocks so far
  u32 looks;      // atomics that changed nothing, in the last of them
  u32 fence[32];  // the phase of a lane's last fence of the device; 0 where there was none
  u8 heard[32];   // whether it has learned something since
  u8 knows[32];   // whether it may touch what its group has learned, though others may not yet
  u8 wrote[32];   // whether it has written to a buffer since
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
