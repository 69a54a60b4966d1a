// Programs: written to $EMULATED_GPU_FOLDER/programs, built by program.py, and given to PoCL as kernels without bodies.
//
// Sources that hold the text $EMULATED_GPU_NATIVE are left to PoCL, those that hold $EMULATED_GPU_REFUSE do not build:
// kernels that no GPU runs.
#include "shim.h"

typedef struct ProgramState {
  struct ProgramState *next;
  cl_program program, stub;
  cl_context context;
  char *text, *log, source[512];
  void *library;
  int isTried;
} ProgramState;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ProgramState *programs;
static KernelState *kernels;

// The newest first: handles are used again.
static ProgramState *program_state(cl_program program) {
  pthread_mutex_lock(&lock);
  ProgramState *p = programs;
  while (p && p->program != program && p->stub != program) p = p->next;
  pthread_mutex_unlock(&lock);
  return p;
}
KernelState *kernel_state(cl_kernel kernel) {
  pthread_mutex_lock(&lock);
  KernelState *k = kernels;
  while (k && k->kernel != kernel) k = k->next;
  pthread_mutex_unlock(&lock);
  return k;
}

// A bug that is planted: $EMULATED_GPU_NEW in the place of $EMULATED_GPU_OLD, wherever that is.
static char *planted(char *text) {
  const char *old = getenv("EMULATED_GPU_OLD"), *new = getenv("EMULATED_GPU_NEW");
  if (!old || !*old || !new) return text;
  char *result = calloc(1, strlen(text) * (strlen(new) / strlen(old) + 2) + 1), *to = result, *at = text, *next;
  for (; (next = strstr(at, old)); at = next + strlen(old)) {
    memcpy(to, at, next - at);
    to = stpcpy(to + (next - at), new);
  }
  strcpy(to, at);
  free(text);
  return result;
}

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **strings, const size_t *lengths,
                                     cl_int *status) {
  cl_program program = NEXT(clCreateProgramWithSource)(context, count, strings, lengths, status);
  if (!program) return program;
  size_t size = 0;
  for (cl_uint i = 0; i < count; i++) size += lengths && lengths[i] ? lengths[i] : strlen(strings[i]);
  ProgramState *p = calloc(1, sizeof *p);
  p->program = program, p->context = context, p->text = calloc(1, size + 1);
  for (cl_uint i = 0; i < count; i++)
    strncat(p->text, strings[i], lengths && lengths[i] ? lengths[i] : strlen(strings[i]));
  p->text = planted(p->text);
  pthread_mutex_lock(&lock);
  p->next = programs, programs = p;
  pthread_mutex_unlock(&lock);
  return program;
}

uint64_t hash_of(uint64_t hash, const char *text) {
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211ull;
  return hash;
}

// Whether a value is a structure, of words.
static int is_structure(const Parameter *p) { return p->pointsTo == BY_VALUE && p->size > 16; }

// The declaration of a kernel as PoCL needs it, to count and to keep arguments.
static size_t declare(const EmulatedKernel *kernel, char *to, size_t room) {
  const uint32_t *items = kernel->requiredItems;
  size_t n = 0;
  for (uint32_t i = 0; i < kernel->parameterCount; i++)
    if (is_structure(kernel->parameters + i))
      n += snprintf(to + n, room - n, "typedef struct { uint words[%u]; } %s%u;\n", kernel->parameters[i].size / 4,
                    kernel->name, i);
  n += snprintf(to + n, room - n, "__kernel ");
  if (items[0])
    n += snprintf(to + n, room - n, "__attribute__((reqd_work_group_size(%u, %u, %u))) ", items[0], items[1], items[2]);
  n += snprintf(to + n, room - n, "void %s(", kernel->name);
  for (uint32_t i = 0; i < kernel->parameterCount; i++) {
    const Parameter *p = kernel->parameters + i;
    const char *pointer = p->pointsTo == TO_GLOBAL  ? "__global uchar *"
                          : p->pointsTo == TO_LOCAL ? "__local uchar *"
                                                    : "__constant uchar *";
    char value[64];
    if (!strcmp(p->type, "f32"))
      snprintf(value, sizeof value, "float ");
    else if (p->size <= 8)
      snprintf(value, sizeof value, "%s ",
               p->size == 1   ? "uchar"
               : p->size == 2 ? "ushort"
               : p->size == 4 ? "uint"
                              : "ulong");
    else if (is_structure(p))
      snprintf(value, sizeof value, "%s%u ", kernel->name, i);
    else
      snprintf(value, sizeof value, "uint%u ", p->size / 4);
    n += snprintf(to + n, room - n, "%s%sa%u", i ? ", " : "", p->pointsTo == BY_VALUE ? value : pointer, i);
  }
  return n + snprintf(to + n, room - n, ") {}\n");
}

int only_sizes(const char *options) {
  const char *tried = getenv("EMULATED_GPU_TRIED");
  return getenv("EMULATED_GPU_ONLY_SIZES") && !(tried && *tried && strstr(options, tried));
}

static cl_int build_stub(ProgramState *p, cl_uint count, const cl_device_id *devices) {
  const EmulatedKernel *const *list = dlsym(p->library, "emulated_kernels");
  char *text = calloc(1, 65536);
  size_t size = 0;
  for (int i = 0; list && list[i] && size < 60000; i++) size += declare(list[i], text + size, 65536 - size);
  cl_int status;
  const char *strings[] = {text};
  p->stub = NEXT(clCreateProgramWithSource)(p->context, 1, strings, NULL, &status);
  if (p->stub) status = NEXT(clBuildProgram)(p->stub, count, devices, "", NULL, NULL);
  free(text);
  return status;
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices, const char *options,
                      void (*callback)(cl_program, void *), void *data) {
  ProgramState *p = program_state(program);
  const char *native = getenv("EMULATED_GPU_NATIVE"), *folder = getenv("EMULATED_GPU_FOLDER");
  if (!p || (native && *native && strstr(p->text, native)))
    return NEXT(clBuildProgram)(program, count, devices, options, callback, data);
  const char *refused = getenv("EMULATED_GPU_REFUSE");
  if (refused && *refused && strstr(p->text, refused)) {
    p->log = strdup("left out: the emulated GPU was told to refuse this program");
    return CL_BUILD_PROGRAM_FAILURE;
  }
  const char *crashing = getenv("EMULATED_GPU_CRASH");
  if (crashing && *crashing && strstr(p->text, crashing)) abort();
  if (!options) options = "";
  p->isTried = !only_sizes(options);
  char path[560], target[16], libraries[512];
  uint64_t hash = hash_of(hash_of(14695981039346656037ull, p->text), options);
  snprintf(p->source, sizeof p->source, "%s/programs/%016llx.cl", folder, (unsigned long long)hash);
  write_file(p->source, p->text);
  snprintf(path, sizeof path, "%s/programs/%016llx.options", folder, (unsigned long long)hash);
  write_file(path, options);
  snprintf(libraries, sizeof libraries, "%s/libraries", folder);
  snprintf(target, sizeof target, "%zu", device_number("target", 80));
  char *arguments[] = {getenv("EMULATED_GPU_BUILD"),
                       p->source,
                       (char *)options,
                       target,
                       libraries,
                       only_sizes(options) && !getenv("EMULATED_GPU_TRACES") ? "sizes" : NULL,
                       NULL};
  static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&one);
  int failed;
  p->log = output_of(arguments, &failed);
  pthread_mutex_unlock(&one);
  cl_int status = CL_BUILD_PROGRAM_FAILURE;
  if (!failed) {
    p->log[strcspn(p->log, "\n")] = 0;
    p->library = dlopen(p->log, RTLD_NOW | RTLD_LOCAL);
    if (p->library)
      status = build_stub(p, count, devices);
    else
      report("emulated GPU: %s\n", dlerror());
    if (status == CL_SUCCESS) *p->log = 0;
  }
  if (callback) callback(program, data);
  return status;
}

cl_int clGetProgramBuildInfo(cl_program program, cl_device_id device, cl_program_build_info info, size_t room, void *to,
                             size_t *returned) {
  ProgramState *p = program_state(program);
  if (!p || !p->log) return NEXT(clGetProgramBuildInfo)(program, device, info, room, to, returned);
  if (info != CL_PROGRAM_BUILD_LOG)
    return NEXT(clGetProgramBuildInfo)(p->stub ? p->stub : program, device, info, room, to, returned);
  size_t size = strlen(p->log) + 1;
  if (returned) *returned = size;
  if (to && room < size) return CL_INVALID_VALUE;
  if (to) memcpy(to, p->log, size);
  return CL_SUCCESS;
}

cl_int clReleaseProgram(cl_program program) {
  ProgramState *p = program_state(program);
  cl_uint count = 0;
  NEXT(clGetProgramInfo)(program, CL_PROGRAM_REFERENCE_COUNT, sizeof count, &count, NULL);
  if (p && p->stub && p->program == program && count == 1) NEXT(clReleaseProgram)(p->stub);
  return NEXT(clReleaseProgram)(program);
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *status) {
  ProgramState *p = program_state(program);
  cl_kernel kernel = NEXT(clCreateKernel)(p && p->stub ? p->stub : program, name, status);
  if (!kernel) return kernel;
  KernelState *k = calloc(1, sizeof *k);
  k->kernel = kernel;
  snprintf(k->name, sizeof k->name, "%s", name);
  if (p) snprintf(k->source, sizeof k->source, "%s", p->source);
  k->isTried = p && p->isTried;
  const EmulatedKernel *const *list = p && p->library ? dlsym(p->library, "emulated_kernels") : NULL;
  for (int i = 0; list && list[i]; i++)
    if (!strcmp(list[i]->name, name)) k->code = list[i];
  pthread_mutex_lock(&lock);
  k->next = kernels, kernels = k;
  pthread_mutex_unlock(&lock);
  return kernel;
}

// Where no kernel runs, buffers are zeros: numbers that are none would end the run.
cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *status) {
  if (!getenv("EMULATED_GPU_ONLY_SIZES") || host || flags & (CL_MEM_USE_HOST_PTR | CL_MEM_COPY_HOST_PTR))
    return NEXT(clCreateBuffer)(context, flags, size, host, status);
  void *zeros = calloc(1, size);
  cl_mem buffer = NEXT(clCreateBuffer)(context, flags | CL_MEM_COPY_HOST_PTR, size, zeros, status);
  free(zeros);
  return buffer;
}
