// Makes one call of gpt2-gpu to the system or to OpenCL fail; preloaded by fail_calls.py.
//
//   FAIL_CALLS   opencl, or files (opening, reading, writing, naming, locking and mapping files; large memory)
//   FAIL_NUMBER  which call of those fails, counted from 1; 0 for none
//   FAIL_STATUS  with what: a status of OpenCL, or an errno
//   FAIL_ROOM    in place of the three: bytes that fit on the disk; what is written beyond them fails for want of room
//   FAIL_REPORT  a file that is written at the end: calls, the routine that failed, bytes of buffers never released
//
// Only calls that the program makes itself count, not those of its libraries: what a driver or a compiler makes of a
// failing call is theirs.
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEXT(routine) ((__typeof__(routine) *)dlsym(RTLD_NEXT, #routine))

static int counts_opencl, counts_files;
static long number, status, room = -1;
static atomic_long calls;
static const char *_Atomic failed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static long setting(const char *name, long other) {
  const char *text = getenv(name);
  return text ? atol(text) : other;
}

__attribute__((constructor)) static void start(void) {
  if (strcmp(program_invocation_short_name, "gpt2-gpu")) return;
  const char *kind = getenv("FAIL_CALLS");
  number = setting("FAIL_NUMBER", 0);
  status = setting("FAIL_STATUS", 0);
  room = setting("FAIL_ROOM", -1);
  counts_opencl = kind && !strcmp(kind, "opencl");
  counts_files = kind && !strcmp(kind, "files");
}

// Whether the code at this address is the program's, or of the Swift libraries that open files for it.
static int is_program(const void *address) {
  Dl_info info;
  if (!dladdr(address, &info) || !info.dli_fname) return 0;
  const char *name = strrchr(info.dli_fname, '/');
  name = name ? name + 1 : info.dli_fname;
  return !strcmp(name, "gpt2-gpu") || !strncmp(name, "libFoundation", 13) || !strncmp(name, "libswiftGlibc", 13);
}

// Whether this call is the one to fail.
static int strikes(int counts, const char *routine, const void *caller) {
  if (!counts || !is_program(caller)) return 0;
  if (atomic_fetch_add(&calls, 1) + 1 != number) return 0;
  failed = routine;
  return 1;
}

// ---- OpenCL. Names: the parameters with their types, and without.

#define BY_STATUS(routine, parameters, arguments)                                                            \
  cl_int routine parameters {                                                                                \
    return strikes(counts_opencl, #routine, __builtin_return_address(0)) ? (cl_int)status : NEXT(routine) arguments; \
  }

#define BY_HANDLE(type, routine, parameters, arguments)                          \
  type routine parameters {                                                      \
    if (strikes(counts_opencl, #routine, __builtin_return_address(0))) {         \
      if (error) *error = (cl_int)status;                                        \
      return NULL;                                                               \
    }                                                                            \
    return NEXT(routine) arguments;                                              \
  }

#define EVENTS cl_uint count, const cl_event *after, cl_event *event

BY_STATUS(clGetPlatformIDs, (cl_uint n, cl_platform_id *ids, cl_uint *got), (n, ids, got))
BY_STATUS(clGetDeviceIDs, (cl_platform_id p, cl_device_type t, cl_uint n, cl_device_id *ids, cl_uint *got), (p, t, n, ids, got))
BY_STATUS(clGetPlatformInfo, (cl_platform_id p, cl_platform_info i, size_t n, void *v, size_t *got), (p, i, n, v, got))
BY_STATUS(clGetDeviceInfo, (cl_device_id d, cl_device_info i, size_t n, void *v, size_t *got), (d, i, n, v, got))
BY_STATUS(clGetEventInfo, (cl_event e, cl_event_info i, size_t n, void *v, size_t *got), (e, i, n, v, got))
BY_STATUS(clGetEventProfilingInfo, (cl_event e, cl_profiling_info i, size_t n, void *v, size_t *got), (e, i, n, v, got))
BY_STATUS(clGetKernelInfo, (cl_kernel k, cl_kernel_info i, size_t n, void *v, size_t *got), (k, i, n, v, got))
BY_STATUS(clGetKernelWorkGroupInfo, (cl_kernel k, cl_device_id d, cl_kernel_work_group_info i, size_t n, void *v, size_t *got), (k, d, i, n, v, got))
BY_STATUS(clGetProgramInfo, (cl_program p, cl_program_info i, size_t n, void *v, size_t *got), (p, i, n, v, got))
BY_STATUS(clBuildProgram, (cl_program p, cl_uint n, const cl_device_id *d, const char *o, void(CL_CALLBACK *f)(cl_program, void *), void *u), (p, n, d, o, f, u))
BY_STATUS(clSetKernelArg, (cl_kernel k, cl_uint i, size_t n, const void *v), (k, i, n, v))
BY_STATUS(clEnqueueNDRangeKernel, (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, const size_t *g, const size_t *l, EVENTS), (q, k, d, o, g, l, count, after, event))
BY_STATUS(clEnqueueReadBuffer, (cl_command_queue q, cl_mem b, cl_bool w, size_t o, size_t n, void *to, EVENTS), (q, b, w, o, n, to, count, after, event))
BY_STATUS(clEnqueueWriteBuffer, (cl_command_queue q, cl_mem b, cl_bool w, size_t o, size_t n, const void *from, EVENTS), (q, b, w, o, n, from, count, after, event))
BY_STATUS(clEnqueueCopyBuffer, (cl_command_queue q, cl_mem a, cl_mem b, size_t i, size_t j, size_t n, EVENTS), (q, a, b, i, j, n, count, after, event))
BY_STATUS(clEnqueueFillBuffer, (cl_command_queue q, cl_mem b, const void *p, size_t m, size_t o, size_t n, EVENTS), (q, b, p, m, o, n, count, after, event))
BY_STATUS(clFinish, (cl_command_queue q), (q))
BY_STATUS(clFlush, (cl_command_queue q), (q))
BY_STATUS(clWaitForEvents, (cl_uint n, const cl_event *e), (n, e))
BY_STATUS(clSetMemObjectDestructorCallback, (cl_mem b, void(CL_CALLBACK *f)(cl_mem, void *), void *u), (b, f, u))
BY_HANDLE(cl_context, clCreateContext, (const cl_context_properties *p, cl_uint n, const cl_device_id *d, void(CL_CALLBACK *f)(const char *, const void *, size_t, void *), void *u, cl_int *error), (p, n, d, f, u, error))
BY_HANDLE(cl_command_queue, clCreateCommandQueue, (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *error), (c, d, p, error))
BY_HANDLE(cl_program, clCreateProgramWithSource, (cl_context c, cl_uint n, const char **s, const size_t *l, cl_int *error), (c, n, s, l, error))
BY_HANDLE(cl_program, clCreateProgramWithBinary, (cl_context c, cl_uint n, const cl_device_id *d, const size_t *l, const unsigned char **b, cl_int *s, cl_int *error), (c, n, d, l, b, s, error))
BY_HANDLE(cl_kernel, clCreateKernel, (cl_program p, const char *name, cl_int *error), (p, name, error))

// Buffers that are alive, with their sizes.
static struct { cl_mem buffer; size_t size; } buffers[1 << 14];
static size_t buffer_count, buffer_bytes;

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *memory, cl_int *error) {
  if (strikes(counts_opencl, "clCreateBuffer", __builtin_return_address(0))) {
    if (error) *error = (cl_int)status;
    return NULL;
  }
  cl_mem buffer = NEXT(clCreateBuffer)(context, flags, size, memory, error);
  pthread_mutex_lock(&lock);
  if (buffer && buffer_count < sizeof buffers / sizeof *buffers) {
    buffers[buffer_count].buffer = buffer;
    buffers[buffer_count++].size = size;
    buffer_bytes += size;
  }
  pthread_mutex_unlock(&lock);
  return buffer;
}

cl_int clReleaseMemObject(cl_mem buffer) {
  pthread_mutex_lock(&lock);
  for (size_t i = buffer_count; i-- > 0;) {
    if (buffers[i].buffer != buffer) continue;
    buffer_bytes -= buffers[i].size;
    buffers[i] = buffers[--buffer_count];
    break;
  }
  pthread_mutex_unlock(&lock);
  return NEXT(clReleaseMemObject)(buffer);
}

// ---- Files. What fails is not done.

#define BY_RESULT(type, failure, routine, parameters, arguments)               \
  type routine parameters {                                                    \
    if (strikes(counts_files, #routine, __builtin_return_address(0))) {        \
      errno = (int)status;                                                     \
      return failure;                                                          \
    }                                                                          \
    return NEXT(routine) arguments;                                            \
  }

BY_RESULT(ssize_t, -1, read, (int file, void *to, size_t n), (file, to, n))
BY_RESULT(ssize_t, -1, pread, (int file, void *to, size_t n, off_t at), (file, to, n, at))
BY_RESULT(off_t, -1, lseek, (int file, off_t by, int from), (file, by, from))
BY_RESULT(int, -1, fsync, (int file), (file))
BY_RESULT(int, -1, ftruncate, (int file, off_t n), (file, n))
BY_RESULT(int, -1, flock, (int file, int operation), (file, operation))
BY_RESULT(int, -1, fstat, (int file, struct stat *s), (file, s))
BY_RESULT(int, -1, stat, (const char *path, struct stat *s), (path, s))
BY_RESULT(int, -1, lstat, (const char *path, struct stat *s), (path, s))
BY_RESULT(int, -1, rename, (const char *from, const char *to), (from, to))
BY_RESULT(int, -1, unlink, (const char *path), (path))
BY_RESULT(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
BY_RESULT(int, -1, chmod, (const char *path, mode_t mode), (path, mode))
BY_RESULT(int, -1, fchmod, (int file, mode_t mode), (file, mode))
BY_RESULT(int, -1, access, (const char *path, int mode), (path, mode))
BY_RESULT(DIR *, NULL, opendir, (const char *path), (path))
BY_RESULT(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
BY_RESULT(char *, NULL, realpath, (const char *path, char *to), (path, to))
BY_RESULT(void *, MAP_FAILED, mmap, (void *at, size_t n, int p, int f, int file, off_t o), (at, n, p, f, file, o))

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (strikes(counts_files, "posix_memalign", __builtin_return_address(0))) return ENOMEM;
  return NEXT(posix_memalign)(memory, alignment, size);
}

static int open_next(const char *path, int flags, mode_t mode, const void *caller) {
  if (strikes(counts_files, "open", caller)) {
    errno = (int)status;
    return -1;
  }
  return NEXT(open)(path, flags, mode);
}

#define WITH_MODE(name)                                                   \
  int name(const char *path, int flags, ...) {                            \
    va_list rest;                                                         \
    va_start(rest, flags);                                                \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                         \
    return open_next(path, flags, mode, __builtin_return_address(0));     \
  }

WITH_MODE(open)
WITH_MODE(open64)

ssize_t write(int file, const void *bytes, size_t n) {
  const void *caller = __builtin_return_address(0);
  if (strikes(counts_files, "write", caller)) {
    errno = (int)status;
    return -1;
  }
  struct stat information;
  if (room >= 0 && is_program(caller) && !NEXT(fstat)(file, &information) && S_ISREG(information.st_mode)) {
    if (room == 0 && n > 0) {
      failed = "write";
      errno = ENOSPC;
      return -1;
    }
    if (n > (size_t)room) n = (size_t)room;
    room -= (long)n;
  }
  return NEXT(write)(file, bytes, n);
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("FAIL_REPORT"), *routine = failed;
  if (strcmp(program_invocation_short_name, "gpt2-gpu") || !path) return;
  char text[128];
  int length = snprintf(text, sizeof text, "%ld %s %zu\n", (long)calls, routine ? routine : "-", buffer_bytes);
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  syscall(SYS_write, file, text, length);
}
