internal import COpenCL

// C's macros arrive in Swift as Int32, whatever the type of the parameters they are meant for. Those that are not
// names of values to read, which `InfoQuery` takes as they are, are cast here and nowhere else.

let anyDeviceType = cl_device_type(CL_DEVICE_TYPE_ALL)
let blocking = cl_bool(CL_TRUE)
let nonBlocking = cl_bool(CL_FALSE)
let profilingQueue = cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE)
let readWrite = cl_mem_flags(CL_MEM_READ_WRITE)
let readOnly = cl_mem_flags(CL_MEM_READ_ONLY)
let useHostMemory = cl_mem_flags(CL_MEM_USE_HOST_PTR)
