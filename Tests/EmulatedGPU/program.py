#!/usr/bin/env python3
"""Builds a program for the emulated GPU: OpenCL C to PTX by clang, to C by translator/, to a shared library by gcc.

usage: program.py SOURCE.cl OPTIONS TARGET FOLDER

Prints the path of the library in FOLDER, where it is kept by a hash of all that it is made of; TARGET is such as 80.
The libraries' interface is runtime/launch.h. Errors go to standard error, as from a compiler.
"""

import functools
import glob
import hashlib
import os
import platform
import shlex
import subprocess
import sys

import tools
from translator.emission import translate
from translator.ptx_types import Unsupported

HERE = os.path.dirname(os.path.abspath(__file__))
NEWEST_KNOWN = 80  # to LLVM 15; later GPUs run the same PTX
C_OPTIONS = ["-O1", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-strict-aliasing", "-w"]


class BuildFailure(Exception):
    """What a compiler said."""


def _run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode:
        raise BuildFailure(done.stdout)


def _read(path):
    with open(path, "rb") as file:
        return file.read()


@functools.cache
def translator_hash():
    """A hash of what turns PTX into machine code: the scripts, the runtime, the compilers, and this processor."""
    paths = sorted(glob.glob(HERE + "/translator/*.py") + glob.glob(HERE + "/runtime/*.h") + [os.path.abspath(__file__)])
    parts = [_read(path) for path in paths]
    compilers = (tools.find_clang(), tools.find_builtins(), tools.find_c_compiler())
    parts += [f"{path} {os.stat(path).st_size} {os.stat(path).st_mtime_ns}".encode() for path in compilers]
    if os.path.exists("/proc/cpuinfo"):  # -march=native
        parts.append(b"".join(line for line in _read("/proc/cpuinfo").splitlines() if line.startswith(b"flags"))[:4096])
    parts.append(platform.machine().encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def compile_to_ptx(source, options, target, ptx):
    """OpenCL C to PTX. GPU drivers inline every call; clang alone would not."""
    command = [tools.find_clang(), "-x", "cl", "-cl-std=CL1.2", *shlex.split(options), "-target", "nvptx64-nvidia-nvcl"]
    command += ["-gline-tables-only", "-Xclang", "-finclude-default-header", "-O3", "-w", "-mllvm", "-inline-threshold=1000000"]
    for option in ("-target-cpu", f"sm_{min(target, NEWEST_KNOWN)}", "-target-feature", "+ptx70"):
        command += ["-Xclang", option]
    command += ["-Xclang", "-mlink-builtin-bitcode", "-Xclang", tools.find_builtins(), "-S", "-o", ptx, source]
    _run(command)


def build(source, options, target, folder):
    """The path of the library of a program."""
    text = b"\0".join([_read(source), options.encode(), str(target).encode(), translator_hash().encode()])
    base = os.path.join(folder, hashlib.sha256(text).hexdigest()[:24])
    library = base + ".so"
    if os.path.exists(library):
        os.utime(library)
        return library
    os.makedirs(folder, exist_ok=True)
    own = f"{base}.{os.getpid()}"  # another process may build the same
    try:
        compile_to_ptx(source, options, target, own + ".ptx")
        with open(own + ".ptx") as file:
            code = translate(file.read(), target)
        with open(own + ".c", "w") as file:
            file.write(code)
        command = [tools.find_c_compiler(), *C_OPTIONS, "-I", HERE + "/runtime", "-shared", "-fPIC", "-o", own + ".so"]
        _run([*command, own + ".c", "-lm"])
        os.replace(own + ".so", library)
    finally:
        keep = os.environ.get("EMULATED_GPU_KEEP")  # to look at what is wrong
        for ending in () if keep else (".ptx", ".c"):
            if os.path.exists(own + ending):
                os.remove(own + ending)
    return library


def main():
    """The command."""
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    source, options, target, folder = sys.argv[1:]
    try:
        print(build(source, options, int(target), folder))
    except (BuildFailure, Unsupported, tools.Missing) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
