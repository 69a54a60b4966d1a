// What the device says of itself: $EMULATED_GPU_DEVICE is a file of lines `key = value`.
#include <stdarg.h>
#include <unistd.h>

#include "shim.h"

const char *device_value(const char *key) {
  static char *text;
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  const char *path = getenv("EMULATED_GPU_DEVICE");
  FILE *file = !text && path ? fopen(path, "r") : NULL;
  if (!text) text = calloc(1, 65536);
  if (file) {
    size_t size = fread(text, 1, 65535, file);
    fclose(file);
    for (size_t i = 0; i < size; i++)
      if (text[i] == '\n') text[i] = 0;  // a string a line
  }
  pthread_mutex_unlock(&lock);
  size_t length = strlen(key);
  for (const char *line = text; *line; line += strlen(line) + 1)
    if (!strncmp(line, key, length) && !strncmp(line + length, " = ", 3)) return line + length + 3;
  return NULL;
}

size_t device_number(const char *key, size_t otherwise) {
  const char *value = device_value(key);
  return value ? strtoull(value, NULL, 10) : otherwise;
}

void report(const char *format, ...) {
  static int count;
  const char *path = getenv("EMULATED_GPU_REPORT");
  FILE *files[2] = {stderr, path ? fopen(path, "a") : NULL};
  int number = __sync_add_and_fetch(&count, 1);
  for (int i = 0; i < 2; i++) {
    if (!files[i]) continue;
    va_list arguments;
    va_start(arguments, format);
    if (number <= 20 || i) vfprintf(files[i], format, arguments);
    if (number == 20 && !i) fprintf(files[i], "emulated GPU: more reports are not shown\n");
    va_end(arguments);
  }
  if (files[1]) fclose(files[1]);
  if (getenv("EMULATED_GPU_STOPS")) _exit(70);
}

static cl_int give(const void *value, size_t size, size_t room, void *to, size_t *returned) {
  if (returned) *returned = size;
  if (to && room < size) return CL_INVALID_VALUE;
  if (to) memcpy(to, value, size);
  return CL_SUCCESS;
}
#define GIVE(type, value)                          \
  do {                                             \
    type x = (value);                              \
    return give(&x, sizeof x, room, to, returned); \
  } while (0)

static cl_int give_text(const char *key, size_t room, void *to, size_t *returned) {
  const char *text = device_value(key);
  return give(text ? text : "", text ? strlen(text) + 1 : 1, room, to, returned);
}

cl_int clGetDeviceInfo(cl_device_id device, cl_device_info info, size_t room, void *to, size_t *returned) {
  size_t group = device_number("work_group", 1024), sizes[3] = {group, group, group < 64 ? group : 64};
  size_t target = device_number("target", 80);
  switch (info) {
    case CL_DEVICE_TYPE:
      GIVE(cl_device_type, CL_DEVICE_TYPE_GPU);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
      GIVE(cl_uint, device_number("units", 132));
    case CL_DEVICE_LOCAL_MEM_SIZE:
      GIVE(cl_ulong, device_number("local_memory", 49152));
    case CL_DEVICE_LOCAL_MEM_TYPE:
      GIVE(cl_device_local_mem_type, CL_LOCAL);
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
      GIVE(cl_bool, CL_FALSE);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
      GIVE(size_t, group);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES:
      return give(sizes, sizeof sizes, room, to, returned);
    case CL_DEVICE_NAME:
      return give_text("name", room, to, returned);
    case CL_DEVICE_VENDOR:
      return give_text("vendor", room, to, returned);
    case CL_DEVICE_VERSION:
      return give_text("version", room, to, returned);
    case CL_DEVICE_OPENCL_C_VERSION:
      return give_text("language", room, to, returned);
    case CL_DEVICE_EXTENSIONS:
      return give_text("extensions", room, to, returned);
    case 0x4108:  // CL_DEVICE_SUB_GROUP_SIZES_INTEL
      if (!device_number("sub_group", 0)) return CL_INVALID_VALUE;
      GIVE(size_t, device_number("sub_group", 0));
    case 0x4000:
      GIVE(cl_uint, target / 10);  // CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV and those after it
    case 0x4001:
      GIVE(cl_uint, target % 10);
    case 0x4002:
      GIVE(cl_uint, 65536);  // registers of a work-group
    case 0x4003:
      GIVE(cl_uint, 32);  // warp size
    case 0x4006:
      GIVE(cl_bool, CL_FALSE);  // integrated memory
    default:
      return NEXT(clGetDeviceInfo)(device, info, room, to, returned);
  }
}

cl_int clGetPlatformInfo(cl_platform_id platform, cl_platform_info info, size_t room, void *to, size_t *returned) {
  if (info == CL_PLATFORM_NAME) return give_text("platform", room, to, returned);
  if (info == CL_PLATFORM_VENDOR) return give_text("vendor", room, to, returned);
  return NEXT(clGetPlatformInfo)(platform, info, room, to, returned);
}

cl_int clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info info, size_t room,
                                void *to, size_t *returned) {
  KernelState *state = kernel_state(kernel);
  if (state && state->code) {
    const uint32_t *items = state->code->requiredItems;
    size_t required[3] = {items[0], items[1], items[2]}, all = required[0] * required[1] * required[2];
    switch (info) {
      case CL_KERNEL_WORK_GROUP_SIZE:
        GIVE(size_t, all ? all : device_number("work_group", 1024));
      case CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE:
        GIVE(size_t, 32);
      case CL_KERNEL_LOCAL_MEM_SIZE:
        GIVE(cl_ulong, state->code->staticLocal);
      case CL_KERNEL_COMPILE_WORK_GROUP_SIZE:
        return give(required, sizeof required, room, to, returned);
    }
  }
  return NEXT(clGetKernelWorkGroupInfo)(kernel, device, info, room, to, returned);
}
