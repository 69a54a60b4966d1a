"""The engine's kernel files as libraries of the emulated GPU, and their numbers in memory."""

import os
import re
import struct
import tempfile

import harness

KERNELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Kernels")
FP16, BF16, INT8, INT4 = 16, 17, 8, 4  # TYPE_… of common/types.h
TENSOR_CORES = {"DOT_UNIT": 5}


def resolved(path, done):
    """The text of a kernel file with all that it includes, each once."""
    if path in done:
        return ""
    done.add(path)
    with open(os.path.join(KERNELS, path)) as file:
        text = file.read().replace("#pragma once", "")
    return re.sub(r'#include "([^"]+)"', lambda found: resolved(found[1], done), text)


def library(path, weight_type, planted=None, **definitions):
    """A library of a kernel file, for sm_75 where MMA_SM says so; `planted` is a text in it, and another in its place."""
    options = " ".join(f"-D {key}={value}" for key, value in {"WEIGHT_TYPE": weight_type, **definitions}.items())
    with tempfile.NamedTemporaryFile("w", suffix=".cl", delete=False) as file:
        text = resolved(path, set())
        if planted:
            assert planted[0] in text, f"{path} has no '{planted[0]}'"
            text = text.replace(*planted)
        file.write(text)
    try:
        return harness.Library.of_source(file.name, options, harness.cache_folder(), definitions.get("MMA_SM", 90))
    finally:
        os.remove(file.name)


def rounded_up(value, multiple):
    """The next multiple."""
    return -(-value // multiple) * multiple


def floats(values):
    """fp32 in memory."""
    return bytearray(struct.pack(f"<{len(values)}f", *values))
