"""Writes the C of a module: for each kernel a structure of registers, a function for each basic block, and tables."""

import re

from . import arithmetic, asynchronous_copies, bit_operations, conversion, matrix_operations, memory, warp_operations
from .architecture import check_target
from .control_flow import ENDS, basic_blocks, is_barrier, translate_end
from .operands import Operands, constant_name
from .parsing import Module
from .ptx_types import FLOATS, Unsupported, c_type
from .warp_operations import is_collective

GAP = 32  # bytes between arrays of local memory, as runtime/state.h has it
POINTS_TO = {None: "BY_VALUE", "global": "TO_GLOBAL", "shared": "TO_LOCAL", "const": "TO_CONSTANT"}
NOTHING = ("prefetchu", "nanosleep", "discard", "applypriority", "createpolicy")

PLAIN = {
    **dict.fromkeys(("and", "or", "xor", "not", "cnot", "lop3"), bit_operations.translate_logic),
    **dict.fromkeys(("shl", "shr", "shf"), bit_operations.translate_shift),
    **dict.fromkeys(("bfe", "bfi"), bit_operations.translate_field),
    **dict.fromkeys(("clz", "popc", "brev", "bfind"), bit_operations.translate_count),
    **dict.fromkeys(("dp4a", "dp2a"), bit_operations.translate_dot),
    **dict.fromkeys(("selp", "slct"), arithmetic.translate_selection),
    "prmt": bit_operations.translate_permutation,
    "setp": arithmetic.translate_comparison,
    "testp": arithmetic.translate_test,
    "mov": conversion.translate_move,
    "cvt": conversion.translate_conversion,
    "cvta": memory.translate_address,
}
CHECKED = {
    **dict.fromkeys(("ld", "ldu"), memory.translate_load),
    "prefetch": memory.translate_prefetch,
    "st": memory.translate_store,
    **dict.fromkeys(("atom", "red"), memory.translate_atomic),
    **dict.fromkeys(("membar", "fence"), memory.translate_fence),
    "shfl": warp_operations.translate_shuffle,
    **dict.fromkeys(("vote", "activemask"), warp_operations.translate_vote),
    "redux": warp_operations.translate_reduction,
    "ldmatrix": matrix_operations.translate_matrix_load,
    "mma": matrix_operations.translate_product,
    "wmma": matrix_operations.translate_wmma,
    "cp": asynchronous_copies.translate_copy,
}
INTEGER = ("add", "sub", "mul", "mad", "mul24", "mad24", "min", "max", "neg", "abs")
FLOAT = ("add", "sub", "mul", "mad", "fma", "div", "min", "max", "neg", "abs", "copysign", "sqrt", "rcp", "rsqrt")
FLOAT += ("ex2", "lg2", "sin", "cos", "tanh")


class Emitter:
    """The C of one module, for a device of a target such as 80."""

    def __init__(self, module, target):
        """Takes a parsed module; nothing is translated yet."""
        self.module, self.target, self.sites = module, target, []
        self.shared_offsets, self.shared_end = {}, 0
        for variable in module.of_space("shared"):
            alignment = max(16, variable.alignment)
            offset = -(-self.shared_end // alignment) * alignment
            self.shared_offsets[variable.name] = offset
            self.shared_end = offset + variable.size + GAP

    def code(self):
        """The text of a C file that runtime/ completes."""
        entries = [self._entry(entry) for entry in self.module.entries]
        parts = ['#include "execution.h"']
        for v in self.module.of_space("const"):
            declaration = f"static const u{8 * v.element} {constant_name(v.name)}[{max(1, v.size // v.element)}]"
            parts.append(f"{declaration} __attribute__((aligned(64))) = {{{', '.join(v.values) or '0'}}};")
        sites = ",\n".join(f"  {{{line}, {source}, {_quoted(text)}}}" for line, source, text in self.sites)
        parts.append(f"static const Site sites[] = {{\n{sites or '  {0, 0, 0}'}\n}};")
        arrays = ", ".join(
            f'{{{self.shared_offsets[v.name]}, {v.size}, "{v.name.split("_$_")[-1]}", 0}}'
            for v in self.module.of_space("shared")
        )
        parts.append(f"static const LocalArray arrays[] = {{{arrays or '{0, 0, 0, 0}'}}};")
        return "\n".join([*parts, *entries, self._list()]) + "\n"

    def declarations(self):
        """The same without what runs: parameters and sizes of the kernels."""
        entries = [self._interface(entry, "0") for entry in self.module.entries]
        return "\n".join(['#include "launch.h"', *entries, self._list()]) + "\n"

    def _list(self):
        names = ", ".join(f"&kernel_{entry.name}" for entry in self.module.entries)
        return f"const EmulatedKernel *const emulated_kernels[] = {{{names}, 0}};"

    def _interface(self, entry, run):
        name = entry.name
        parameters = ", ".join(f'{{{p.offset}, {p.size}, {POINTS_TO[p.space]}, "{p.kind}"}}' for p in entry.parameters)
        required = ", ".join(map(str, entry.required_group or [0, 0, 0]))
        sizes = f"{len(entry.parameters)}, {entry.parameter_bytes}, {self._static_bytes(entry)}"
        return (
            f"static const Parameter parameters_{name}[] = {{{parameters or '{0}'}}};\n"
            f"static const EmulatedKernel kernel_{name} = "
            f'{{"{name}", parameters_{name}, {sizes}, {{{required}}}, {run}}};'
        )

    def _entry(self, entry):
        name, operands = entry.name, Operands(self.module, entry, self.shared_offsets)
        blocks, labels = basic_blocks(operands, entry)
        functions = [self._block(operands, block, labels) for block in blocks]
        used = set(re.findall(r"w->(R\w+)", "\n".join(text for text, _ in functions)))
        registers = "\n".join(
            f"  {_register_type(kind)} {register}[32] __attribute__((aligned(64)));"
            for register, kind in entry.registers.items()
            if register in used
        )
        # Groups of one item would use one lane of 32. They have no barriers.
        waits = any(is_barrier(i) or is_collective(i) for i in entry.instructions)
        one = entry.required_group in (None, [1, 1, 1]) and not waits
        table = ", ".join(
            f"{{{name}_{number}, {f'one_{name}_{number}' if one else '0'}, {site}}}"
            for number, (_, site) in enumerate(functions)
        )
        constants = [constant_name(v.name) for v in self.module.of_space("const")]
        places = ", ".join(f"{{0, sizeof {constant}, 0, 1}}" for constant in constants)
        bases = "".join(f"  constants_{name}[{i}].base = (u64){constant};\n" for i, constant in enumerate(constants))
        counts = f"{len(blocks)}, {len(self.shared_offsets)}, sizeof(Registers_{name})"
        sizes = f"{self.shared_end}, {-(-entry.private_size // 16) * 16}, constants_{name}, {len(constants)}"
        return "\n".join(
            [
                f"typedef struct {{\n  Warp head;\n{registers}\n}} Registers_{name};",
                f"#define REGISTERS Registers_{name}",
                *[text for text, _ in functions],
                *(self._one_item(name, functions) if one else []),
                "#undef REGISTERS",
                f"static const Block blocks_{name}[] = {{{table}}};",
                f"static Range constants_{name}[] = {{{places or '{0}'}}};",
                f"static int run_{name}(Launch *);",
                self._interface(entry, f"run_{name}"),
                f"static int run_{name}(Launch *launch) {{",
                f"{bases}  Code code = {{&kernel_{name}, blocks_{name}, sites, arrays, {counts}, {sizes}}};",
                "  return run_launch(&code, launch);\n}",
            ]
        )

    @staticmethod
    def _one_item(name, functions):
        text = "\n".join(text for text, _ in functions).replace(f"static int {name}_", f"static int one_{name}_")
        return ["#undef WIDTH\n#define WIDTH 1", text, "#undef WIDTH\n#define WIDTH 32"]

    def _static_bytes(self, entry):
        """The local memory that a device would take: no gaps, and nothing of other kernels."""
        end = 0
        for variable in self.module.of_space("shared"):
            if variable.name.startswith(entry.name + "_$_") or "_$_" not in variable.name:
                end = -(-end // variable.alignment) * variable.alignment + variable.size
        return end

    def _site(self, instruction):
        self.sites.append((instruction.line, instruction.source_line, instruction.text))
        return len(self.sites) - 1

    def _block(self, operands, block, labels):
        """A block's function, and the site of the barrier or warp operation in it."""
        name, next_block, site = operands.entry.name, block.number + 1, 0
        body, ended = ["  REGISTERS *w = (REGISTERS *)head;"], False
        if block.gathers:
            mask = warp_operations.member_mask(operands, block.instructions[0])
            site = self._site(block.instructions[0])
            members = f"u32 members = 0; LANES if (M[l]) members |= {mask};"
            body.append(f"  {{ {members} if (!is_gathered(head, M, members)) return 0; }}")
        for instruction in block.instructions:
            check_target(instruction, self.target)
            if instruction.base in ENDS and not warp_operations.is_warp_barrier(instruction):
                here = self._site(instruction)
                body.append("  " + translate_end(operands, instruction, next_block, labels, here))
                ended = True
                site = site or here
            else:
                body.append("  " + self._guarded(operands, instruction))
        if not block.instructions:  # behind the last instruction
            body.append("  LANES if (M[l]) w->head.state[l] = ENDED;")
        elif not ended:
            body.append(f"  LANES if (M[l]) w->head.place[l] = {next_block};")
        text = "\n".join(body)
        return f"static int {name}_{block.number}(Warp *head, const u32 *M) {{\n{text}\n  return 1;\n}}", site

    def _guarded(self, operands, instruction):
        text = self._instruction(operands, instruction)
        if instruction.guard is None:
            return text
        condition = f"{instruction.guard[0]}w->{instruction.guard[1]}[l]"
        return f"{{ u32 N[32]; LANES N[l] = M[l] && ({condition}) ? ~0u : 0; {{ const u32 *M = N; {text} }} }}"

    def _instruction(self, operands, instruction):
        base = instruction.base
        if base in NOTHING:
            return ""
        if warp_operations.is_warp_barrier(instruction):
            return "w->head.phase++;"
        if base in PLAIN:
            return PLAIN[base](operands, instruction)
        if base in CHECKED:
            return CHECKED[base](operands, instruction, self._site(instruction))
        is_float = bool(instruction.types) and (instruction.kind in FLOATS or instruction.kind in ("f16x2", "bf16x2"))
        if base in FLOAT and is_float:
            return arithmetic.translate_float(operands, instruction)
        if base in INTEGER and not is_float:
            return arithmetic.translate_integer(operands, instruction)
        if base in ("div", "rem"):
            return arithmetic.translate_division(operands, instruction, self._site(instruction))
        raise Unsupported(f"line {instruction.line} of the PTX: unknown instruction '{instruction.text}'")


def _register_type(kind):
    return "u32" if kind == "pred" else c_type("b" + re.sub(r"\D", "", kind))


def _quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def translate(ptx, target, bodies=True):
    """The C of a PTX module, for a device of a target such as 80; without bodies, of its kernels' interface."""
    emitter = Emitter(Module(ptx), target)
    return emitter.code() if bodies else emitter.declarations()
