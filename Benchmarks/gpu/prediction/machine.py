"""What compilers make of the captured programs: PTX for the model's chains, machine code for registers and loops."""

import os
import re

from .capture import COMPILERS, EMULATOR, Failure, parameter_names  # first: it makes the next ones importable
from .chain.code import Code
from .chain.operation import COPY, LOAD
from .model import STREAMED, Kernel

assert COMPILERS and EMULATOR
import compilers  # noqa: E402
import program as emulated  # noqa: E402
import toolchain  # noqa: E402
from programs import Program  # noqa: E402
from translator.control_flow import basic_blocks  # noqa: E402
from translator.operands import Operands  # noqa: E402
from translator.parsing import Module  # noqa: E402

TARGET = "sm_90"
EMULATED_TARGET = 90  # of the device that the programs were captured on


class Programs:
    """The captured programs of a folder, compiled when they are asked for."""

    def __init__(self, folder):
        """Takes the folder of a capture; the compilers are those of Tests/GPUCode."""
        self.folder, self._kernels, self._texts = folder, {}, {}
        try:
            toolchain.fetch(toolchain.default_folder())
            self.tools = toolchain.Toolchain(toolchain.default_folder())
        except toolchain.Missing as missing:
            raise Failure(str(missing)) from missing

    def kernel(self, launch):
        """A launch's kernel: what compilers say, its code, its parameters' names, and which arguments are streamed."""
        if (launch.program, launch.kernel) not in self._kernels:
            self._compile(launch.program)
        try:
            return self._kernels[launch.program, launch.kernel]
        except KeyError:
            raise Failure(f"program {launch.program} has no kernel {launch.kernel}") from None

    def _compile(self, name):
        program = Program(f"{self.folder}/programs/{name}.cl")
        made = self.folder + "/made"
        os.makedirs(made, exist_ok=True)
        try:
            rows = compilers.compiled(self.tools, program, TARGET, made)
        except compilers.Failure as failure:
            raise Failure(f"{program.label}: {failure}") from failure
        with open(program.path[:-3] + ".options") as file:
            options = file.read()
        libraries = self.folder + "/libraries"
        code = emulated.code_path(program.path, options, EMULATED_TARGET, libraries)
        emulated.build(program.path, options, EMULATED_TARGET, libraries)
        with open(code[:-1] + "ptx") as file:
            module = Module(file.read())
        for entry in module.entries:
            row = next((row for row in rows if row.kernel == entry.name), None)
            kernel = Kernel(row.registers, row.local, row.under_way) if row else Kernel()
            blocks, _ = basic_blocks(Operands(module, entry, {}), entry)
            of_entry = Code.of_entry(entry, blocks)
            of_entry.scale = scale_of(row, of_entry)
            names = parameter_names(program.text, entry.name)
            streamed = {index for index, parameter in enumerate(names) if parameter in STREAMED}
            self._kernels[name, entry.name] = (kernel, of_entry, names, streamed)


def scale_of(row, code):
    """Machine instructions to one of PTX, by the main loop, for the same bytes; 1 where they do not compare."""
    best, multiplying = None, [0, 0]
    for block, sums in zip(code.blocks, code.sums):
        loaded = sum(operation.size for operation in block if operation.kind in (LOAD, COPY))
        if loaded and (best is None or loaded > best[0]):
            best = (loaded, sums.instructions)
        if sums.flop:
            multiplying = [multiplying[0] + loaded, multiplying[1] + sums.instructions]
    if multiplying[0]:  # of tensor cores: their loop may be several blocks, and begin with larger ones
        best = multiplying
    if not row or not row.loaded or not best:
        return 1.0
    scale = (row.instructions / row.loaded) / (best[1] / best[0])
    return scale if 0.6 < scale < 1.7 else 1.0


def label_of(launch, names, streamed):
    """A kernel and its streamed bytes, for tables."""
    size = sum(launch.buffer(index) for index in streamed if re.fullmatch("w|weights", names[index]))
    return launch.kernel + (f" of {size / 1e6:.1f} MB" if size else "")
