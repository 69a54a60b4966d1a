// Makes Oclgrind's check for uninitialised reads (21.10) usable: preloaded before its runtime.
//
// For each buffer it keeps which bytes have a value. It makes room for that when the host writes to the buffer, for as many
// bytes as are written, and forgets what it knew: of a buffer that the host fills, or writes in parts, or that kernels
// alone write, everything counts as uninitialised. Here every store of the host is one of a whole buffer, and a new buffer
// is written once. Global memory then always counts as initialised; what comes from private and local memory is checked.
//
// And it crashes where a thread stores that has made no context: here each makes one.
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define NEXT(routine) ((__typeof__(routine) *)dlsym(RTLD_NEXT, #routine))

static void prepare_thread(cl_device_id device) {
  static __thread cl_context context;
  if (!context) context = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
}

static size_t size_of(cl_mem buffer) {
  size_t size = 0;
  clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
  return size;
}

// All bytes of a buffer, with `size` of them from `offset` replaced by copies of `pattern`.
static cl_int store(
    cl_command_queue queue, cl_mem buffer, size_t offset, size_t size, const char *pattern, size_t pattern_size,
    cl_event *event) {
  cl_device_id device;
  if (!clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof device, &device, NULL)) prepare_thread(device);
  size_t all = size_of(buffer);
  char *bytes = malloc(all);
  cl_int status = clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, all, bytes, 0, NULL, NULL);
  if (status == CL_SUCCESS && (offset > all || size > all - offset)) status = CL_INVALID_VALUE;
  if (status == CL_SUCCESS) {
    for (size_t i = 0; i < size; ++i) bytes[offset + i] = pattern[i % pattern_size];
    status = NEXT(clEnqueueWriteBuffer)(queue, buffer, CL_TRUE, 0, all, bytes, 0, NULL, event);
  }
  free(bytes);
  return status;
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *status) {
  cl_mem buffer = NEXT(clCreateBuffer)(context, flags, size, host, status);
  cl_device_id device;
  if (!buffer || clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof device, &device, NULL)) return buffer;
  cl_command_queue queue = clCreateCommandQueue(context, device, 0, NULL);
  store(queue, buffer, 0, 0, "", 1, NULL);
  clReleaseCommandQueue(queue);
  return buffer;
}

cl_int clEnqueueFillBuffer(
    cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size, size_t offset, size_t size,
    cl_uint count, const cl_event *events, cl_event *event) {
  return store(queue, buffer, offset, size, pattern, pattern_size, event);
}

cl_int clEnqueueWriteBuffer(
    cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size, const void *bytes,
    cl_uint count, const cl_event *events, cl_event *event) {
  return store(queue, buffer, offset, size, bytes, size, event);
}

cl_int clEnqueueCopyBuffer(
    cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset, size_t size, cl_uint count,
    const cl_event *events, cl_event *event) {
  char *bytes = malloc(size);
  cl_int status = clEnqueueReadBuffer(queue, from, CL_TRUE, from_offset, size, bytes, 0, NULL, NULL);
  if (status == CL_SUCCESS) status = store(queue, to, to_offset, size, bytes, size, event);
  free(bytes);
  return status;
}
