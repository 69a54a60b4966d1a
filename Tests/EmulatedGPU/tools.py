"""Finds the compilers that the emulated GPU is made with: what PoCL brings on Debian, and a C compiler."""

import glob
import os
import re
import shutil
import subprocess


class Missing(Exception):
    """A tool that is not there, in words for the person who runs the tests."""


def _version(path):
    found = re.search(r"(\d+)", os.path.basename(path))
    return int(found[1]) if found else 0


def find_clang():
    """A clang that compiles OpenCL C for NVIDIA's GPUs: $EMULATED_GPU_CLANG, or the newest."""
    if chosen := os.environ.get("EMULATED_GPU_CLANG"):
        return chosen
    candidates = glob.glob("/usr/bin/clang-[0-9]*") + glob.glob("/usr/lib/llvm-*/bin/clang")
    for path in sorted((p for p in candidates if re.search(r"clang(-\d+)?$", p)), key=_version, reverse=True):
        targets = subprocess.run([path, "-print-targets"], capture_output=True, text=True, check=False).stdout
        if "nvptx64" in targets:
            return path
    raise Missing("a clang that knows the target nvptx64 is missing: Debian's package clang-15, which PoCL brings")


def find_builtins():
    """OpenCL C's own functions as LLVM bitcode: $EMULATED_GPU_LIBCLC, or Debian's libclc."""
    for folder in ("/usr/lib/clc", "/usr/share/clc"):
        path = os.environ.get("EMULATED_GPU_LIBCLC", folder + "/nvptx64--nvidiacl.bc")
        if os.path.exists(path):
            return path
    raise Missing("/usr/lib/clc/nvptx64--nvidiacl.bc is missing: Debian's package libclc-15, which PoCL brings")


def find_c_compiler():
    """gcc or clang for this machine: $CC, or the first on the path."""
    for name in (os.environ.get("CC"), "gcc", "clang", "cc"):
        if name and shutil.which(name):
            return shutil.which(name)
    raise Missing("a C compiler is missing: Debian's package gcc")


def find_pocl():
    """The file that makes the OpenCL loader find PoCL, and only it."""
    folder = os.environ.get("OCL_ICD_VENDORS", "/etc/OpenCL/vendors")
    for path in [folder] if os.path.isfile(folder) else sorted(glob.glob(folder + "/*.icd")):
        if "pocl" in os.path.basename(path):
            return path
    raise Missing("PoCL is missing, whose buffers the emulated GPU computes in: Debian's package pocl-opencl-icd")
