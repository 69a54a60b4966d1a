// Records of launches, for those who ask how long a GPU would take: a line for each in $EMULATED_GPU_LAUNCHES, and in
// the folder $EMULATED_GPU_TRACES, of each kind of launch, the basic blocks that some of its groups run.
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"

// The arguments of a launch as text: sizes of buffers and of local memory, values in hexadecimal.
static void describe_arguments(const KernelState *k, char *to, size_t room) {
  size_t n = 0;
  *to = 0;
  for (uint32_t i = 0; i < k->code->parameterCount && i < MOST_ARGUMENTS && n + 300 < room; i++) {
    const Parameter *p = k->code->parameters + i;
    if (i) to[n++] = ' ';
    if (p->pointsTo == BY_VALUE) {
      n += snprintf(to + n, room - n, "value:");
      for (uint32_t j = 0; j < p->size && j < MOST_BYTES; j++) n += snprintf(to + n, room - n, "%02x", k->values[i][j]);
    } else if (p->pointsTo == TO_LOCAL) {
      n += snprintf(to + n, room - n, "local:%llu", (unsigned long long)k->localSizes[i]);
    } else {
      cl_mem memory;
      size_t size = 0;
      memcpy(&memory, k->values[i], sizeof memory);
      if (memory) NEXT(clGetMemObjectInfo)(memory, CL_MEM_SIZE, sizeof size, &size, NULL);
      n += snprintf(to + n, room - n, "buffer:%zu", size);
    }
  }
}

static void append_line(const char *line) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  const char *path = getenv("EMULATED_GPU_LAUNCHES");
  if (!path) return;
  pthread_mutex_lock(&lock);
  FILE *file = fopen(path, "a");
  if (file) {
    fputs(line, file);
    fclose(file);
  }
  pthread_mutex_unlock(&lock);
}

// A line a launch: program, kernel, global and local size, local memory of arguments, arguments.
char *record(KernelState *k, const size_t *global, const uint32_t *items, uint64_t local) {
  if (!getenv("EMULATED_GPU_LAUNCHES")) return NULL;
  const char *name = strrchr(k->source, '/');
  enum { ROOM = MOST_ARGUMENTS * 40 + 512 };
  char *line = malloc(ROOM), arguments[ROOM - 400];
  describe_arguments(k, arguments, sizeof arguments);
  snprintf(line, ROOM, "%.16s\t%s\t%zu,%zu,%zu\t%u,%u,%u\t%llu\t%s\n", name ? name + 1 : "", k->name, global[0],
           global[1], global[2], items[0], items[1], items[2], (unsigned long long)local, arguments);
  append_line(line);
  return line;
}

static int hasRead;  // before that, models are loaded: nobody asks how long that takes

// The host reads what a step has found: a line where it ends.
cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocks, size_t offset, size_t size, void *to,
                           cl_uint waits, const cl_event *events, cl_event *event) {
  hasRead = 1;
  append_line("read\tread\t0,0,0\t0,0,0\t0\t\n");
  return NEXT(clEnqueueReadBuffer)(queue, buffer, blocks, offset, size, to, waits, events, event);
}

// Whether a launch like this one has no trace yet, and what its file would be. The name is a hash of the line.
static int lacks_trace(const char *line, char *path, size_t room) {
  snprintf(path, room, "%s/%016llx", getenv("EMULATED_GPU_TRACES"), (unsigned long long)hash_of(0, line));
  return access(path, F_OK) != 0;
}

// Runs $EMULATED_GPU_SAMPLE groups of a launch in a process of their own: nothing that they write is seen.
void trace(const EmulatedKernel *code, Launch *launch, const char *line) {
  char path[600], own[640];
  if (!line || !hasRead || !lacks_trace(line, path, sizeof path)) return;
  snprintf(own, sizeof own, "%s.%d", path, getpid());
  pid_t child = fork();
  if (child == 0) {
    const char *sample = getenv("EMULATED_GPU_SAMPLE");
    FILE *file = fopen(own, "w");
    launch->trace = file, launch->sample = sample ? strtoul(sample, NULL, 10) : 4;
    launch->mostSteps = 1000000;  // of groups that wait for others, which do not run, there is no trace
    if (!file || code->run(launch) || fclose(file)) _exit(1);
    rename(own, path);
    _exit(0);
  }
  int status = 1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (status) report("emulated GPU: %s: no trace: %s\n", code->name, *launch->report ? launch->report : "it failed");
}
