// What the library in front of OpenCL (../shim) and a translated program tell each other.
#pragma once
#include <stdint.h>

// An argument of a kernel: its place among the parameters, and what it points to.
enum { BY_VALUE, TO_GLOBAL, TO_LOCAL, TO_CONSTANT };
typedef struct {
  uint32_t offset, size, pointsTo;
  const char *type;  // PTX's name of a value's type
} Parameter;

// Memory that kernels may read and write: the address is what the parameter holds.
typedef struct {
  uint64_t base, size;
  uint32_t argument;
} Buffer;

typedef struct {
  uint32_t groups[3], items[3];
  uint8_t *parameters;         // the addresses of local memory are filled in
  const uint64_t *localSizes;  // by argument
  const Buffer *buffers;
  uint32_t bufferCount;
  int backward;        // whether the last group and warp run first
  uint64_t mostSteps;  // of a warp, in basic blocks: more never end
  uint64_t turn;       // of a warp, in basic blocks, before other groups have theirs; 0 for the usual
  uint32_t resident;   // groups that run at the same time, at the most; 0 for the usual
  const char *source;  // the file of the program's OpenCL C
  char *report;        // what went wrong
  uint32_t reportSize;
  uint32_t sample;  // run so many groups, those that may share a sum together: the first, others evenly spaced; 0: all
  void *trace;      // a FILE that is told of every basic block that a warp runs, or NULL
} Launch;

typedef struct {
  const char *name;
  const Parameter *parameters;
  uint32_t parameterCount, parameterBytes, staticLocal;
  uint32_t requiredItems[3];  // 0 where the source does not say
  int (*run)(Launch *);       // 0, or not 0 and a report
} EmulatedKernel;
