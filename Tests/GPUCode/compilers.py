"""What the compilers of real GPUs make of a program: a row a kernel, or an error."""

import glob
import os
import pickle
import re
import shutil
import subprocess
from dataclasses import dataclass

from machine_code import main_loops

TARGETS = ("sm_75", "sm_80", "sm_90", "gfx1030", "gfx1100", "dg2", "spirv")
# The local memory and the work-items of a group, at most.
LIMITS = {"sm": (48 << 10, 1024), "gfx": (64 << 10, 1024), "dg2": (64 << 10, 1024), "spirv": (1 << 40, 1 << 40)}
HERE = os.path.dirname(os.path.abspath(__file__))
INLINE = ["-mllvm", "-inline-threshold=1000000"]  # GPU drivers inline every call; clang alone would not
ROUNDING = os.path.join(HERE, "../EmulatedGPU/rounding.h")


def limits_of(target):
    """The limits of a target's family."""
    return next(limits for family, limits in LIMITS.items() if target.startswith(family))


class Failure(Exception):
    """What a compiler said."""


_made = {}  # PTX of this process, by program and processor: sm_90 gets that of sm_80


@dataclass
class Row:
    """What a kernel needs on a target."""

    kernel: str
    registers: int = 0
    spills: int = 0
    stack: int = 0
    local: int = 0
    simd: int = 0  # of Intel's
    under_way: int | None = None  # bytes in the main loop, of NVIDIA's
    instructions: int = 0  # of that loop
    loaded: int = 0  # bytes of a trip of it


def _run(tools, command, tool):
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=tools.environment,
        check=False,
    )
    if done.returncode:
        raise Failure(f"{tool}: {done.stdout.strip()[:1000]}")
    return done.stdout


def _front(clang, program, target, extra):
    command = [clang, "-x", "cl", "-cl-std=CL1.2", *program.options, "-target", target]
    return [*command, "-Xclang", "-finclude-default-header", "-O3", "-w", *extra, program.path]


def _linked(*files):
    return [word for file in files for word in ("-Xclang", "-mlink-builtin-bitcode", "-Xclang", file)]


def _number(pattern, text):
    found = re.search(pattern, text, re.M)
    return int(found[1]) if found else 0


def compile_nvidia(tools, program, target, folder):
    """OpenCL C to PTX by clang, to machine code by NVIDIA's assembler."""
    base, processor = f"{folder}/{program.hash}.{target}", "sm_80" if target == "sm_90" else target
    ptx = _made.get((program.hash, processor))
    if not ptx:
        words = ("-target-cpu", processor, "-target-feature", "+ptx70")
        extra = [*INLINE, "-include", ROUNDING, *(part for word in words for part in ("-Xclang", word))]
        extra += _linked(tools.nvidia_builtins)
        ptx = base + ".ptx"
        _run(tools, _front(tools.clang, program, "nvptx64-nvidia-nvcl", [*extra, "-S", "-o", ptx]), "clang")
        _made[program.hash, processor] = ptx
    limit = [f"--maxrregcount={program.registers}"] if program.registers else []
    said = _run(tools, [tools.ptxas, "-v", f"-arch={target}", *limit, "-o", base + ".cubin", ptx], "ptxas")
    loops = main_loops(_run(tools, [tools.nvdisasm, "-c", base + ".cubin"], "nvdisasm"))
    rows = []
    for part in re.split(r"Compiling entry function", said)[1:]:
        name = re.search(r"'(\w+)'", part)[1]
        loop = loops.get(name)
        spills = _number(r"(\d+) bytes spill stores", part) + _number(r"(\d+) bytes spill loads", part)
        row = Row(name, _number(r"Used (\d+) registers", part), spills, _number(r"(\d+) bytes stack frame", part))
        row.local = _number(r"(\d+) bytes smem", part)
        if loop:
            row.under_way, row.instructions, row.loaded = loop.under_way, loop.instructions, loop.loaded
        rows.append(row)
    return rows


def compile_amd(tools, program, target, folder):
    """OpenCL C to AMD's machine code by clang: LLVM 15's for RDNA2; 19's for RDNA3, where 15 spills without need."""
    path = f"{folder}/{program.hash}.{target}.s"
    extra = [f"-mcpu={target}", "-nogpulib", "-mllvm", "-amdgpu-early-inline-all=true", *INLINE]
    if target == "gfx1100":
        clang, files = tools.new_clang, [tools.new_amd_builtins]
    else:
        names = ["opencl", "ocml", "ockl", f"oclc_isa_version_{target[3:]}", "oclc_daz_opt_off", "oclc_finite_only_off"]
        names += ["oclc_correctly_rounded_sqrt_on", "oclc_unsafe_math_off", "oclc_wavefrontsize64_off"]
        names += ["oclc_abi_version_400"]
        clang, files = tools.clang, [f"{tools.amd_builtins}/{name}.bc" for name in names]
    command = _front(clang, program, "amdgcn-amd-amdhsa", [*extra, *_linked(*files), "-S", "-o", path])
    _run(tools, command, "clang")
    with open(path) as file:
        text = file.read()
    kernels = text[text.find("amdhsa.kernels:") : text.find("amdhsa.target:")]
    rows = []
    for part in re.split(r"^  - ", kernels, flags=re.M)[1:]:

        def value(key, part=part):
            return _number(rf"^    \.{key}:\s*(\d+)", part)

        row = Row(re.search(r"^    \.name:\s*(\w+)", part, re.M)[1], value("vgpr_count"), value("vgpr_spill_count"))
        row.stack, row.local = value("private_segment_fixed_size"), value("group_segment_fixed_size")
        rows.append(row)
    return rows


def compile_intel(tools, program, target, folder):
    """OpenCL C to Intel's machine code by Intel's own compiler, of 2022."""
    out = f"{folder}/{program.hash}.{target}"
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    command = [tools.ocloc, "compile", "-file", program.path, "-device", "acm-g10", "-out_dir", out, "-output", "x"]
    said = _run(tools, [*command, "-options", " ".join(program.options), "--format", "zebin"], "ocloc")
    binaries = glob.glob(out + "/*.bin")
    if not binaries:
        raise Failure(f"ocloc: {said.strip()[:1000]}")
    with open(binaries[0], "rb") as file:
        binary = file.read()
    text = binary[binary.index(b"kernels:") :].split(b"\0")[0].decode(errors="replace")
    warned = re.findall(r"kernel (\w+)\s+compiled SIMD\d+ allocated \d+ regs and spilled around (\d+)", said)
    rows = []
    for part in re.split(r"^  - name:", text, flags=re.M)[1:]:
        if "simd_size" not in part:
            continue
        row = Row(part.split()[0], _number(r"\bgrf_count:\s*(\d+)", part))
        row.spills = int(dict(warned).get(row.kernel, 0))
        row.local, row.simd = _number(r"\bslm_size:\s*(\d+)", part), _number(r"\bsimd_size:\s*(\d+)", part)
        rows.append(row)
    return rows


def compile_spirv(tools, program, target, folder):
    """OpenCL C to SPIR-V 1.0, which its validator must take for OpenCL 1.2."""
    base = f"{folder}/{program.hash}.{target}"
    extra = ["-O0", "-emit-llvm", "-c", "-o", base + ".bc"]  # optimised code has what SPIR-V has no words for
    _run(tools, _front(tools.clang, program, "spir64-unknown-unknown", extra), "clang")
    options = ["--spirv-max-version=1.0", "--spirv-ext=-all"]
    _run(tools, [tools.llvm_spirv, *options, "-o", base + ".spv", base + ".bc"], "llvm-spirv")
    _run(tools, [tools.spirv_val, "--target-env", "opencl1.2", base + ".spv"], "spirv-val")
    return [Row(kernel) for kernel in program.kernels]


def compile_for(tools, program, target, folder):
    """The rows of a program's kernels on a target."""
    compilers = {"sm": compile_nvidia, "gf": compile_amd, "dg": compile_intel, "sp": compile_spirv}
    return compilers[target[:2]](tools, program, target, folder)


def compiled(tools, program, target, folder):
    """As compile_for, but what was compiled is kept in the folder for the next time, as compilers are pinned."""
    path = f"{folder}/{program.hash}.{target}.rows"
    key = (program.text, program.options, program.registers, _sources(target))
    if os.path.exists(path):
        with open(path, "rb") as file:
            kept, rows = pickle.load(file)
        if kept == key:
            return rows
    rows = compile_for(tools, program, target, folder)
    with open(path, "wb") as file:
        pickle.dump((key, rows), file)
    return rows


def _sources(target):
    """What decides a target's rows, beside the program."""
    texts = []
    for name in ("compilers.py", "packages.txt", *(["machine_code.py"] if target.startswith("sm") else [])):
        with open(f"{HERE}/{name}") as file:
            texts.append(file.read())
    return texts
