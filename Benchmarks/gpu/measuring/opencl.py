#!/usr/bin/env python3
"""OpenCL without the program: lists the devices, or builds one source. Each is a process of its own, which may crash.

  opencl.py list
  opencl.py build SOURCE.cl OPTIONS_FILE DEVICE BINARY_FILE [MORE OPTIONS]

Both print a line of JSON. The device is a number in the list. NVIDIA's binary is PTX; with -cl-nv-verbose the log is
its assembler's.
"""

import ctypes
import json
import os
import sys
import time
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint, c_ulong, c_void_p

SUCCESS = 0
PLATFORM_VERSION, PLATFORM_NAME = 0x0901, 0x0902
TYPE, UNITS, NAME, VENDOR, DRIVER, EXTENSIONS, GLOBAL_MEMORY = 0x1000, 0x1002, 0x102B, 0x102C, 0x102D, 0x1030, 0x101F
PROGRAM_KERNEL_NAMES, PROGRAM_BINARY_SIZES, PROGRAM_BINARIES = 0x1168, 0x1165, 0x1166
BUILD_LOG = 0x1183
OF_KERNEL = {"work_group": 0x11B0, "local_bytes": 0x11B2, "multiple": 0x11B3, "private_bytes": 0x11B4}


class Failure(Exception):
    """What an OpenCL call said."""


def load():
    """Return libOpenCL: the bundle's, or the machine's."""
    own = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib/libOpenCL.so.1")
    ctypes.CDLL(own if os.path.exists(own) else "libOpenCL.so.1", mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(None)  # what stands before it, too: the emulated GPU
    for name in ("clCreateContext", "clCreateProgramWithSource", "clCreateKernel"):
        getattr(library, name).restype = c_void_p
    return library


def check(status, routine):
    """Raise where a call failed."""
    if status != SUCCESS:
        raise Failure(f"{routine}: error {status}")


def text_of(routine, *arguments):
    """Return a text that an OpenCL call gives."""
    size = c_size_t()
    check(routine(*arguments, c_size_t(0), None, byref(size)), routine.__name__)
    buffer = ctypes.create_string_buffer(size.value + 1)
    check(routine(*arguments, size, buffer, None), routine.__name__)
    return buffer.value.decode(errors="replace").strip()


def number_of(routine, *arguments):
    """Return a number of up to 8 bytes that an OpenCL call gives, or None."""
    value = c_ulong()
    return value.value if routine(*arguments, c_size_t(8), byref(value), None) == SUCCESS else None


def handles(routine, *arguments):
    """Return the handles that an OpenCL call gives; none where it gives an error, as where there are none."""
    count = c_uint()
    if routine(*arguments, 0, None, byref(count)) != SUCCESS or not count.value:
        return []
    found = (c_void_p * count.value)()
    check(routine(*arguments, count, found, None), routine.__name__)
    return [c_void_p(handle) for handle in found]


def devices(library):
    """Return a list of (platform, device, facts)."""
    found = []
    for platform in handles(library.clGetPlatformIDs):
        name = text_of(library.clGetPlatformInfo, platform, PLATFORM_NAME)
        version = text_of(library.clGetPlatformInfo, platform, PLATFORM_VERSION)
        for device in handles(library.clGetDeviceIDs, platform, c_ulong(0xFFFFFFFF)):
            info = library.clGetDeviceInfo
            kind = number_of(info, device, TYPE) or 0
            facts = {"platform": name, "platform_version": version, "is_gpu": bool(kind & 4)}
            for key, code in (("name", NAME), ("vendor", VENDOR), ("driver", DRIVER), ("extensions", EXTENSIONS)):
                facts[key] = text_of(info, device, code)
            facts["units"], facts["memory_bytes"] = (number_of(info, device, code) for code in (UNITS, GLOBAL_MEMORY))
            found.append((platform, device, facts))
    return found


def build(library, source, options, device, binary_path):
    """Build a source; return what came of it, and write its binary."""
    _, handle, facts = devices(library)[device]
    status, one = c_int(), (c_void_p * 1)(handle)
    context = c_void_p(library.clCreateContext(None, 1, one, None, None, byref(status)))
    check(status.value, "clCreateContext")
    row = {"device": facts["name"], "is_verbose_possible": "cl_nv_compiler_options" in facts["extensions"].split()}
    strings = (c_char_p * 1)(source)
    program = c_void_p(library.clCreateProgramWithSource(context, 1, strings, None, byref(status)))
    check(status.value, "clCreateProgramWithSource")
    begin = time.perf_counter()
    built = library.clBuildProgram(program, 1, one, options.encode(), None, None)
    row["seconds"] = round(time.perf_counter() - begin, 3)
    row["log"] = text_of(library.clGetProgramBuildInfo, program, handle, BUILD_LOG)
    if built != SUCCESS:
        return row | {"status": "failed", "reason": f"clBuildProgram: error {built}"}
    row["status"] = "built"
    try:
        row["kernels"] = kernels_of(library, program, handle)
        row["binary_bytes"] = keep_binary(library, program, binary_path)
    except (Failure, OSError) as error:
        row["reason"] = f"built, but no more is known of it: {error}"
    return row


def kernels_of(library, program, device):
    """Return what the driver says of each kernel of a program."""
    found, status = {}, c_int()
    for name in text_of(library.clGetProgramInfo, program, PROGRAM_KERNEL_NAMES).split(";"):
        kernel = c_void_p(library.clCreateKernel(program, name.encode(), byref(status)))
        check(status.value, f"clCreateKernel of {name}")
        found[name] = {
            key: number_of(library.clGetKernelWorkGroupInfo, kernel, device, code) for key, code in OF_KERNEL.items()
        }
    return found


def keep_binary(library, program, path):
    """Write the binary of a program's only device, and return its size."""
    size = c_size_t()
    check(library.clGetProgramInfo(program, PROGRAM_BINARY_SIZES, c_size_t(8), byref(size), None), "clGetProgramInfo")
    binary = ctypes.create_string_buffer(size.value or 1)
    pointers = (c_void_p * 1)(ctypes.addressof(binary))
    check(library.clGetProgramInfo(program, PROGRAM_BINARIES, c_size_t(8), pointers, None), "clGetProgramInfo")
    with open(path, "wb") as file:
        file.write(binary.raw[: size.value])
    return size.value


def main():
    """Run the command; an OpenCL error is a document too."""
    try:
        library = load()
        if sys.argv[1] == "list":
            document = [facts for *_, facts in devices(library)]
        else:
            source, options, device, binary, *more = sys.argv[2:]
            with open(source, "rb") as file, open(options) as option_file:
                options = " ".join([option_file.read().strip(), *more])
                document = build(library, file.read(), options, int(device), binary)
    except (Failure, OSError, IndexError, ValueError) as error:
        document = {"status": "failed", "reason": f"{type(error).__name__}: {error}"}
    print(json.dumps(document))


if __name__ == "__main__":
    main()
