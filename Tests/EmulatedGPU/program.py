#!/usr/bin/env python3
"""Builds a program for the emulated GPU: OpenCL C to PTX by clang, to C by translator/, to a shared library by gcc.

usage: program.py SOURCE.cl OPTIONS TARGET FOLDER [sizes]

Prints the path of the library in FOLDER, where it is kept by a hash of all that it is made of; TARGET is such as 80.
EMULATED_GPU_INSTRUCTIONS names a header of instructions/, of what other makers' compilers have built in.
With `sizes`, the library knows its kernels' parameters and local memory but cannot run them, and is built sooner.
The libraries' interface is runtime/launch.h. Errors go to standard error, as from a compiler.
"""

import contextlib
import fcntl
import functools
import glob
import hashlib
import os
import platform
import re
import shlex
import subprocess
import sys

import tools
from translator.emission import translate
from translator.ptx_types import Unsupported

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDING = HERE + "/rounding.h"
NEWEST_KNOWN = 80  # to LLVM 15; later GPUs run the same PTX
C_OPTIONS = ["-Og", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-strict-aliasing", "-w"]


class BuildFailure(Exception):
    """What a compiler said."""


def _run(command):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise BuildFailure(done.stdout)


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _hash(*parts):
    joined = b"\0".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return hashlib.sha256(joined).hexdigest()[:32]


def _tool(path):
    """A compiler, as far as what it makes goes."""
    return f"{path} {os.stat(path).st_size} {os.stat(path).st_mtime_ns}"


@functools.cache
def translator_hash():
    """A hash of what turns OpenCL C into C."""
    paths = [*sorted(glob.glob(HERE + "/translator/*.py")), ROUNDING, os.path.abspath(__file__)]
    return _hash(*map(_read, paths), _tool(tools.find_clang()), _tool(tools.find_builtins()))


@functools.cache
def runtime_hash():
    """A hash of what turns C into machine code: the runtime, the compiler, and this processor."""
    flags = b""
    if os.path.exists("/proc/cpuinfo"):  # -march=native
        flags = next((line for line in _read("/proc/cpuinfo").splitlines() if line.startswith(b"flags")), b"")
    texts = map(_read, sorted(glob.glob(HERE + "/runtime/*.h")))
    return _hash(*texts, _tool(tools.find_c_compiler()), " ".join(C_OPTIONS), platform.machine(), flags)


def _instructions():
    """The paths of the headers that stand before every program: those of other makers' instructions."""
    name = os.environ.get("EMULATED_GPU_INSTRUCTIONS")
    return [f"{HERE}/instructions/{name}.h"] if name else []


def _headers_hash():
    headers = glob.glob(HERE + "/instructions/*.h") if _instructions() else []
    return _hash(*_instructions(), *map(_read, sorted(headers)))


def portable(options):
    """The options without NVIDIA's, which concern its assembler only: how many registers a work-item may have."""
    words = shlex.split(options)
    for word in words:
        limit = re.fullmatch(r"-cl-nv-maxrregcount=(\d+)", word)
        if word.startswith("-cl-nv-") and not (limit and 16 <= int(limit[1]) <= 255):
            raise BuildFailure(f"'{word}' is no option that NVIDIA's compiler takes")
    return [word for word in words if not word.startswith("-cl-nv-")]


def compile_to_ptx(source, options, target, ptx):
    """OpenCL C to PTX. GPU drivers inline every call; clang alone would not."""
    command = [tools.find_clang(), "-x", "cl", "-cl-std=CL1.2", *portable(options), "-target", "nvptx64-nvidia-nvcl"]
    command += ["-gline-tables-only", "-Xclang", "-finclude-default-header", "-include", ROUNDING, "-O3", "-w"]
    for header in _instructions():
        command += ["-include", header]
    command += ["-mllvm", "-inline-threshold=1000000"]
    for option in ("-target-cpu", f"sm_{min(target, NEWEST_KNOWN)}", "-target-feature", "+ptx70"):
        command += ["-Xclang", option]
    command += ["-Xclang", "-mlink-builtin-bitcode", "-Xclang", tools.find_builtins(), "-S", "-o", ptx, source]
    _run(command)


@contextlib.contextmanager
def _replacing(path):
    """A file that takes another's place when it is whole: another process may write the same."""
    own = f"{path}.{os.getpid()}"
    try:
        yield own
        os.replace(own, path)
    finally:
        if os.path.exists(own):
            os.remove(own)


def code_path(source, options, target, folder, only_sizes=False):
    """Where the C of a program is kept; its PTX lies beside it."""
    parts = (options, str(target), translator_hash(), _headers_hash(), str(only_sizes))
    return f"{folder}/{_hash(_read(source), *parts)}.c"


@contextlib.contextmanager
def _alone(path):
    """Lets one process at a time make a file: others wait for it rather than make it, too."""
    with open(path + ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(source, options, target, folder, only_sizes=False):
    """The path of the library of a program."""
    os.makedirs(folder, exist_ok=True)
    with _alone(code_path(source, options, target, folder, only_sizes)):
        return _build(source, options, target, folder, only_sizes)


def _build(source, options, target, folder, only_sizes):
    # The source's C is kept, and by what that is, the library: a change of the translator alone needs no new one.
    code = code_path(source, options, target, folder, only_sizes)
    if not os.path.exists(code):
        with _replacing(code) as own, _replacing(code[:-1] + "ptx") as ptx:
            compile_to_ptx(source, options, target, ptx)
            with open(ptx) as file, open(own, "w") as out:
                out.write(translate(file.read(), target, bodies=not only_sizes))
    library = f"{folder}/{_hash(_read(code), runtime_hash())}.so"
    if not os.path.exists(library):
        with _replacing(library) as own:
            command = [tools.find_c_compiler(), *C_OPTIONS, "-I", HERE + "/runtime", "-shared", "-fPIC", "-o", own]
            _run([*command, code, "-lm"])
    for path in (code, library):
        os.utime(path)  # what is old was not used
    return library


def main():
    """The command."""
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    source, options, target, folder = sys.argv[1:5]
    try:
        print(build(source, options, int(target), folder, only_sizes=sys.argv[5:] == ["sizes"]))
    except (BuildFailure, Unsupported, tools.Missing) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
