// Launches: arguments are kept as they are set; a launch waits for what is before it, runs on this thread, and is done.
#include "shim.h"

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value) {
  cl_int status = NEXT(clSetKernelArg)(kernel, index, size, value);
  KernelState *k = kernel_state(kernel);
  if (status != CL_SUCCESS || !k || index >= MOST_ARGUMENTS) return status;
  k->localSizes[index] = value ? 0 : size;
  memset(k->values[index], 0, MOST_BYTES);
  if (value && size <= MOST_BYTES) memcpy(k->values[index], value, size);
  return status;
}

// Whether a GPU would take a launch of these sizes; reports where not.
static cl_int check_sizes(KernelState *k, const size_t *global, const uint32_t *items, uint64_t local) {
  size_t all = (size_t)items[0] * items[1] * items[2], most = device_number("work_group", 1024);
  uint64_t room = device_number("local_memory", 49152), needed = k->code->staticLocal + local;
  const uint32_t *required = k->code->requiredItems;
  int divides = 1, agrees = 1;
  for (int i = 0; i < 3; i++) {
    divides &= items[i] && global[i] && global[i] % items[i] == 0;
    agrees &= !required[0] || items[i] == required[i];
  }
  if (divides && agrees && all <= most && needed <= room) return CL_SUCCESS;
  report(
      "emulated GPU: %s: a launch that the device does not take\n  items    (%zu, %zu, %zu), (%u, %u, %u) of a group\n"
      "  local    %llu bytes\n  expected at most %zu items of a group%s, %llu bytes%s\n",
      k->name, global[0], global[1], global[2], items[0], items[1], items[2], (unsigned long long)needed, most,
      divides ? "" : ", which divide the global size", (unsigned long long)room,
      agrees ? "" : "; the group that the source requires");
  return needed > room ? CL_OUT_OF_RESOURCES : CL_INVALID_WORK_GROUP_SIZE;
}

// Whether the buffers of a launch are as small as those of trials.
static int is_small(KernelState *k) {
  size_t all = 0;
  for (uint32_t i = 0; i < k->code->parameterCount && i < MOST_ARGUMENTS; i++) {
    if (k->code->parameters[i].pointsTo != TO_GLOBAL && k->code->parameters[i].pointsTo != TO_CONSTANT) continue;
    cl_mem memory;
    size_t size = 0;
    memcpy(&memory, k->values[i], sizeof memory);
    if (memory) NEXT(clGetMemObjectInfo)(memory, CL_MEM_SIZE, sizeof size, &size, NULL);
    all += size;
  }
  return all < 1 << 20;
}

// Traces a launch where that is asked for, and runs it, unless only sizes are wanted.
static cl_int run(cl_command_queue queue, KernelState *k, const size_t *global, const uint32_t *items,
                  const char *line, int runs) {
  const EmulatedKernel *code = k->code;
  uint8_t *parameters = calloc(1, code->parameterBytes + 16);
  Buffer buffers[MOST_ARGUMENTS];
  cl_mem memories[MOST_ARGUMENTS];
  void *maps[MOST_ARGUMENTS];
  uint32_t count = 0;
  cl_int status = CL_SUCCESS;
  for (uint32_t i = 0; i < code->parameterCount && i < MOST_ARGUMENTS && status == CL_SUCCESS; i++) {
    const Parameter *p = code->parameters + i;
    if (p->pointsTo == BY_VALUE) memcpy(parameters + p->offset, k->values[i], p->size);
    if (p->pointsTo != TO_GLOBAL && p->pointsTo != TO_CONSTANT) continue;
    cl_mem memory;
    memcpy(&memory, k->values[i], sizeof memory);
    if (!memory) continue;  // NULL, which no kernel may touch
    uint32_t j = 0;
    while (j < count && memories[j] != memory) j++;
    if (j == count) {
      size_t size = 0;
      NEXT(clGetMemObjectInfo)(memory, CL_MEM_SIZE, sizeof size, &size, NULL);
      maps[j] =
          NEXT(clEnqueueMapBuffer)(queue, memory, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, size, 0, NULL, NULL, &status);
      if (!maps[j]) break;
      memories[j] = memory;
      buffers[count++] = (Buffer){(uint64_t)maps[j], size, i};
    }
    memcpy(parameters + p->offset, &buffers[j].base, 8);
  }
  const char *order = getenv("EMULATED_GPU_ORDER"), *steps = getenv("EMULATED_GPU_STEPS");
  const char *turn = getenv("EMULATED_GPU_TURN");
  char text[4096] = "";
  Launch launch = {.parameters = parameters,
                   .localSizes = k->localSizes,
                   .buffers = buffers,
                   .bufferCount = count,
                   .backward = order && !strcmp(order, "backward"),
                   .mostSteps = steps ? strtoull(steps, NULL, 10) : 50000000,
                   .turn = turn ? strtoull(turn, NULL, 10) : 0,
                   .resident = device_number("units", 0),
                   .source = k->source,
                   .report = text,
                   .reportSize = sizeof text};
  for (int i = 0; i < 3; i++) launch.items[i] = items[i], launch.groups[i] = global[i] / items[i];
  if (status == CL_SUCCESS && getenv("EMULATED_GPU_TRACES")) trace(code, &launch, line);
  if (status == CL_SUCCESS && runs && code->run(&launch)) {
    report("emulated GPU: %s", text);
    status = CL_OUT_OF_RESOURCES;
  }
  for (uint32_t i = 0; i < count; i++) NEXT(clEnqueueUnmapMemObject)(queue, memories[i], maps[i], 0, NULL, NULL);
  NEXT(clFinish)(queue);
  free(parameters);
  return status;
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                              const size_t *global, const size_t *local, cl_uint waits, const cl_event *events,
                              cl_event *event) {
  KernelState *k = kernel_state(kernel);
  if (!k || !k->code)
    return NEXT(clEnqueueNDRangeKernel)(queue, kernel, dimensions, offset, global, local, waits, events, event);
  size_t all[3] = {1, 1, 1};
  uint32_t items[3] = {1, 1, 1};
  uint64_t bytes = 0;
  for (cl_uint i = 0; i < dimensions; i++) {
    all[i] = global[i];
    if (offset && offset[i]) return CL_INVALID_GLOBAL_OFFSET;  // which the emulator has not got
    if (local)
      items[i] = local[i];
    else if (k->code->requiredItems[0])
      items[i] = k->code->requiredItems[i];
    else if (!i)
      for (items[0] = 64; global[0] % items[0]; items[0]--) continue;
  }
  for (int i = 0; i < MOST_ARGUMENTS; i++) bytes += k->localSizes[i];
  cl_int status = check_sizes(k, all, items, bytes);
  if (status != CL_SUCCESS) return status;
  if (waits) NEXT(clWaitForEvents)(waits, events);
  NEXT(clFinish)(queue);
  static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&one);
  char *line = record(k, all, items, bytes);
  // Sizes of large models take a moment where no kernel runs; the numbers are wrong.
  int runs = !getenv("EMULATED_GPU_ONLY_SIZES") || (k->isTried && is_small(k));
  if (runs || getenv("EMULATED_GPU_TRACES")) status = run(queue, k, all, items, line, runs);
  free(line);
  pthread_mutex_unlock(&one);
  if (status != CL_SUCCESS) return status;
  return NEXT(clEnqueueMarkerWithWaitList)(queue, 0, NULL, event);
}
