// A library in front of libOpenCL (LD_PRELOAD): PoCL's device becomes an NVIDIA GPU, whose kernels run as their PTX on
// this processor, in PoCL's buffers. PoCL itself builds only kernels without bodies, which have the right parameters.
#pragma once
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/launch.h"

#define NEXT(routine) ((__typeof__(&routine))dlsym(RTLD_NEXT, #routine))

// The value that the device's file has for a key; NULL where it has none.
const char *device_value(const char *key);
// The same as a number; `otherwise` where there is none.
size_t device_number(const char *key, size_t otherwise);

// Writes a report to standard error and to the file that the command looks at in the end.
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Writes a file that others see as a whole or not at all.
void write_file(const char *path, const char *text);
// What a command prints, and its status.
char *output_of(char *const arguments[], int *status);

enum { MOST_ARGUMENTS = 64, MOST_BYTES = 128 };
typedef struct KernelState {
  struct KernelState *next;
  cl_kernel kernel;
  const EmulatedKernel *code;  // NULL where PoCL runs it
  int isTried;  // small launches run even where only sizes are wanted
  char source[512], name[128];
  uint64_t localSizes[MOST_ARGUMENTS];
  uint8_t values[MOST_ARGUMENTS][MOST_BYTES];
} KernelState;

// Of FNV-1a, after a hash of what is before the text.
uint64_t hash_of(uint64_t hash, const char *text);

// Writes a launch down; the line, which the caller frees, or NULL where nobody asked for it.
char *record(KernelState *k, const size_t *global, const uint32_t *items, uint64_t local);
// Writes down what some groups of a launch run, where no launch of the same line has been before.
void trace(const EmulatedKernel *code, Launch *launch, const char *line);

// Whether programs of these options only tell their sizes: where $EMULATED_GPU_ONLY_SIZES is set, unless options hold
// $EMULATED_GPU_TRIED.
int only_sizes(const char *options);

// What is known of a kernel; NULL of one that the library has not seen.
KernelState *kernel_state(cl_kernel kernel);
