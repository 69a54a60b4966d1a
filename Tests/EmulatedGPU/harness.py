"""Runs kernels on the emulated GPU without OpenCL: for the tests of the translator and of what it reports."""

import ctypes
import os
import subprocess
import tempfile

import program
import tools
from translator.emission import translate

BY_VALUE, TO_GLOBAL, TO_LOCAL, TO_CONSTANT = range(4)
CANARY = 64  # bytes behind each buffer, which a kernel that forgets its bounds would find


class Parameter(ctypes.Structure):
    """As runtime/launch.h has it, as the next ones."""

    _fields_ = [("offset", ctypes.c_uint32), ("size", ctypes.c_uint32), ("points_to", ctypes.c_uint32)]
    _fields_ += [("type", ctypes.c_char_p)]


class Buffer(ctypes.Structure):
    """Memory of a launch."""

    _fields_ = [("base", ctypes.c_uint64), ("size", ctypes.c_uint64), ("argument", ctypes.c_uint32)]


class Launch(ctypes.Structure):
    """A launch."""

    _fields_ = [("groups", ctypes.c_uint32 * 3), ("items", ctypes.c_uint32 * 3)]
    _fields_ += [("parameters", ctypes.c_void_p), ("local_sizes", ctypes.c_void_p), ("buffers", ctypes.c_void_p)]
    _fields_ += [("buffer_count", ctypes.c_uint32), ("backward", ctypes.c_int), ("most_steps", ctypes.c_uint64)]
    _fields_ += [("turn", ctypes.c_uint64), ("resident", ctypes.c_uint32)]
    _fields_ += [("source", ctypes.c_char_p), ("report", ctypes.c_char_p), ("report_size", ctypes.c_uint32)]
    _fields_ += [("sample", ctypes.c_uint32), ("trace", ctypes.c_void_p)]


class Kernel(ctypes.Structure):
    """A kernel of a library."""

    _fields_ = [("name", ctypes.c_char_p), ("parameters", ctypes.POINTER(Parameter))]
    _fields_ += [("parameter_count", ctypes.c_uint32), ("parameter_bytes", ctypes.c_uint32)]
    _fields_ += [("static_local", ctypes.c_uint32), ("required", ctypes.c_uint32 * 3)]
    _fields_ += [("run", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Launch)))]


class Local(int):
    """An argument that is that many bytes of local memory."""


class Library:
    """A program that was built for the emulated GPU."""

    def __init__(self, path, source=""):
        """Opens a library; `source` is the file that reports quote."""
        self.source = source
        self.handle = ctypes.CDLL(path)
        table = (ctypes.POINTER(Kernel) * 1024).in_dll(self.handle, "emulated_kernels")
        self.kernels = {}
        for pointer in table:
            if not pointer:
                break
            self.kernels[pointer.contents.name.decode()] = pointer.contents

    @staticmethod
    def of_ptx(ptx, target=90):
        """A library of PTX."""
        with tempfile.TemporaryDirectory() as folder:
            base = folder + "/program"
            with open(base + ".c", "w") as file:
                file.write(translate(ptx, target))
            options = [*program.C_OPTIONS, "-I", program.HERE + "/runtime", "-shared", "-fPIC"]
            subprocess.run([tools.find_c_compiler(), *options, "-o", base + ".so", base + ".c", "-lm"], check=True)
            return Library(base + ".so")

    @staticmethod
    def of_source(path, options, folder, target=90):
        """A library of a file of OpenCL C."""
        return Library(program.build(path, options, target, folder), path)

    def run(
        self,
        name,
        arguments,
        groups=(1, 1, 1),
        items=(32, 1, 1),
        backward=False,
        most_steps=1_000_000,
        turn=0,
        sample=0,
        trace="",
    ):
        """Runs a kernel, which changes bytearrays among its arguments; gives the report, empty where all is well.

        `trace` is a file for the basic blocks that its warps run, `sample` how many groups do; 0 is all.
        """
        kernel = self.kernels[name]
        parameters = (ctypes.c_uint8 * (kernel.parameter_bytes + 16))()
        sizes = (ctypes.c_uint64 * max(1, len(arguments)))()
        buffers, memories = [], []
        for index, argument in enumerate(arguments):
            parameter = kernel.parameters[index]
            if isinstance(argument, Local):
                sizes[index] = argument
            elif isinstance(argument, bytearray):
                memory = (ctypes.c_uint8 * (len(argument) + 256 + CANARY))()
                base = -(-ctypes.addressof(memory) // 256) * 256
                ctypes.memmove(base, bytes(argument), len(argument))
                memories.append((argument, base, memory))
                buffers.append(Buffer(base, len(argument), index))
                ctypes.memmove(ctypes.addressof(parameters) + parameter.offset, base.to_bytes(8, "little"), 8)
            else:
                value = argument
                if isinstance(argument, int):
                    value = argument.to_bytes(parameter.size, "little", signed=argument < 0)
                ctypes.memmove(ctypes.addressof(parameters) + parameter.offset, value, parameter.size)
        report = ctypes.create_string_buffer(4096)
        table = (Buffer * max(1, len(buffers)))(*buffers)
        launch = Launch((ctypes.c_uint32 * 3)(*groups), (ctypes.c_uint32 * 3)(*items))
        launch.parameters, launch.local_sizes = ctypes.addressof(parameters), ctypes.addressof(sizes)
        launch.buffers, launch.buffer_count = ctypes.addressof(table), len(buffers)
        launch.backward, launch.most_steps, launch.source = int(backward), most_steps, self.source.encode()
        launch.turn = turn
        launch.report, launch.report_size = ctypes.cast(report, ctypes.c_char_p), 4096
        libc = ctypes.CDLL(None)
        libc.fopen.restype, libc.fclose.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
        launch.sample, launch.trace = sample, libc.fopen(trace.encode(), b"w") if trace else None
        failed = kernel.run(ctypes.byref(launch))
        if launch.trace:
            libc.fclose(launch.trace)
        for argument, base, _ in memories:
            argument[:] = ctypes.string_at(base, len(argument))
        return report.value.decode(errors="replace") if failed else ""


def cache_folder():
    """Where tests keep what they build."""
    return os.path.join(os.environ.get("EMULATED_GPU_FOLDER", ".build/emulated-gpu"), "libraries")
