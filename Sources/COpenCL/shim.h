// Every device of interest offers OpenCL 1.2; newer entry points are not used.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_ext.h>
