"""Reads the text of a PTX module: variables, and entries with their parameters, registers and instructions."""

import re
from dataclasses import dataclass, field

from .ptx_types import SIZES, Unsupported


@dataclass
class Instruction:
    """An instruction with its operands; registers have the names that they have in C."""

    guard: tuple[str, str] | None  # "!" or "", and a predicate
    opcode: str
    operands: list[str]
    line: int  # of the PTX
    source_line: int  # of the OpenCL C; 0 where it is unknown
    text: str

    @property
    def base(self):
        """The part of the opcode before the first dot."""
        return self.opcode.split(".")[0]

    @property
    def modifiers(self):
        """The parts of the opcode behind the first."""
        return self.opcode.split(".")[1:]

    @property
    def types(self):
        """The types among the modifiers."""
        return [part for part in self.modifiers if part in SIZES]

    @property
    def kind(self):
        """The last type of the opcode, which most instructions have one of."""
        if not self.types:
            raise Unsupported(f"no type in '{self.text}'")
        return self.types[-1]

    def has(self, *modifiers):
        """Whether the opcode has one of the modifiers."""
        return any(modifier in self.modifiers for modifier in modifiers)


@dataclass
class Parameter:
    """A parameter of an entry: its place in their memory, and the memory that it points to, if any."""

    name: str
    offset: int
    size: int
    kind: str
    space: str | None  # global, shared, const


@dataclass
class Variable:
    """An array in constant memory, with its values, or in shared memory."""

    name: str
    space: str
    element: int
    size: int
    alignment: int
    values: list[str] = field(default_factory=list)


def split_operands(text):
    """Splits at the commas that no brackets enclose."""
    parts, depth, part = [], 0, ""
    for character in text:
        depth += {"[": 1, "{": 1, "(": 1, "]": -1, "}": -1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += character
    return [*parts, part.strip()] if part.strip() else parts


class Entry:
    """A kernel: parameters, registers, private memory, and instructions in order with the labels before them."""

    def __init__(self, module, name, parameters, directives, body, first_line):
        """Parses an entry's text between its braces."""
        self.module, self.name = module, name
        self.parameters = self._parse_parameters(parameters)
        required = re.search(r"\.reqntid\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?", directives)
        self.required_group = [int(size or 1) for size in required.groups()] if required else None
        self.registers, self.private, self.private_size = {}, {}, 0
        self.instructions, self.labels = [], {}
        self._scopes, self._source_line = [{}], 0
        self._parse(body, first_line)

    @property
    def parameter_bytes(self):
        """The memory of all parameters."""
        return max((p.offset + p.size for p in self.parameters), default=0)

    def parameter(self, name):
        """The parameter of that name."""
        return next(p for p in self.parameters if p.name == name)

    @staticmethod
    def _parse_parameters(text):
        pattern = re.compile(
            r"\.param\s+(?:\.align\s+(\d+)\s+)?\.(\w+)\s*(?:(\.ptr)\s*(?:\.(\w+))?\s*(?:\.align\s+\d+)?)?"
            r"\s*([\w$.]+)(?:\[(\d+)\])?$"
        )
        found, end = [], 0
        for declaration in split_operands(text):
            alignment, kind, pointer, space, name, count = pattern.match(declaration).groups()
            size = SIZES[kind] * int(count or 1)
            alignment = int(alignment or SIZES[kind])
            offset = -(-end // alignment) * alignment
            found.append(Parameter(name, offset, size, kind, (space or "global") if pointer else None))
            end = offset + size
        return found

    def _parse(self, body, line):
        text, start, place = "", line, 0
        while place < len(body):
            character = body[place]
            if not text.strip():
                start = line
                if body.startswith((".loc\t", ".loc "), place):  # ends with its line, not with a semicolon
                    end = body.find("\n", place)
                    self._source_line = int(body[place:end].split()[2])
                    place = end
                    continue
            place += 1
            line += character == "\n"
            if character in "{}" and not text.strip():  # around inline assembly; operands' braces follow an opcode
                if character == "{":
                    self._scopes.append({})
                elif len(self._scopes) > 1:
                    self._scopes.pop()
            elif character == ";":
                self._statement(" ".join(text.split()), start)
                text = ""
            elif character == ":" and re.fullmatch(r"\s*[\w$]+", text):
                self.labels[text.strip()] = len(self.instructions)
                text = ""
            else:
                text += character

    def _statement(self, text, line):
        if text.startswith(".reg"):
            self._declare_registers(text)
        elif local := re.match(r"\.local\s+\.align\s+(\d+)\s+\.b8\s+([\w$.]+)\[(\d+)\]", text):
            alignment = int(local[1])
            offset = -(-self.private_size // alignment) * alignment
            self.private[local[2]] = offset
            self.private_size = offset + int(local[3])
        elif text and not self.module.declare(text) and not text.startswith("."):
            guarded = re.match(r"@(!?)(%?[\w$]+)\s+(.*)", text)
            guard, rest = ((guarded[1], self._resolve(guarded[2])), guarded[3]) if guarded else (None, text)
            opcode, operands = re.match(r"([\w.:]+)\s*(.*)", rest).groups()
            resolved = [self._resolve(operand) for operand in split_operands(operands)]
            self.instructions.append(Instruction(guard, opcode, resolved, line, self._source_line, text))

    def _declare_registers(self, text):
        kind, names = re.match(r"\.reg\s*\.(\w+)\s+(.*)", text).groups()
        for name in split_operands(names):
            counted = re.fullmatch(r"(%?[\w$]+)<(\d+)>", name)
            for one in [f"{counted[1]}{i}" for i in range(int(counted[2]))] if counted else [name]:
                scope = f"{len(self.registers)}_" if len(self._scopes) > 1 else ""
                own = f"R{scope}{re.sub(r'[^A-Za-z0-9_]', '_', one.lstrip('%'))}"
                self._scopes[-1][one] = own
                self.registers[own] = kind

    def _resolve(self, operand):
        """Replaces the names of registers by those that they have in C, which are the entry's own."""
        if re.match(r"0[fFdD][0-9A-Fa-f]{8,16}$", operand):
            return operand

        def name(match):
            return next((s[match[0]] for s in reversed(self._scopes) if match[0] in s), match[0])

        return re.sub(r"%?[A-Za-z_$][\w$.]*", name, operand)


class Module:
    """A PTX file: its target, constants, shared arrays and entries."""

    def __init__(self, text):
        """Parses a module; whatever debuggers need of it is left out."""
        text = re.sub(r"^\s*\.(section|file)\s.*", "", text, flags=re.M | re.S)
        text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), text, flags=re.S)
        text = re.sub(r"//[^\n]*", "", text)
        target = re.search(r"^\.target\s+(\w+)", text, re.M)
        self.target = int(re.sub(r"\D", "", target[1])) if target else 0
        self.variables, self.entries = {}, []
        functions = list(self._functions(text))
        outside = "".join(part for kind, part, *_ in functions if kind == "outside")
        for statement in outside.split(";"):
            found = re.search(r"\.(?:shared|const|global)\b", statement)
            if found:
                self.declare(" ".join(statement[found.start() :].split()))
        self.entries = [Entry(self, *rest) for kind, *rest in functions if kind == "entry"]

    def of_space(self, space):
        """The variables in one kind of memory."""
        return [variable for variable in self.variables.values() if variable.space == space]

    def declare(self, text):
        """Takes a declaration of a variable; says whether it is one."""
        found = re.match(
            r"(?:\.(?:visible|weak|extern)\s+)*\.(shared|const|global)\s+(?:\.align\s+(\d+)\s+)?\.(\w+)\s+([\w$.]+)"
            r"(?:\[(\d*)\])?(?:\s*=\s*\{(.*)\})?$",
            text,
            re.S,
        )
        if not found:
            return False
        space, alignment, kind, name, count, values = found.groups()
        self.variables[name] = Variable(
            name,
            "shared" if space == "shared" else "const",
            SIZES[kind],
            SIZES[kind] * int(count or 1),
            int(alignment or SIZES[kind]),
            split_operands(values or ""),
        )
        return True

    @staticmethod
    def _functions(text):
        """The text outside of functions, and each entry's name, parameters, directives, body and first line."""
        place = 0
        for found in re.finditer(r"(?:\.\w+\s+)*\.(entry|func)\s+(?:\([^)]*\)\s*)?([\w$.]+)\s*\(", text):
            if found.start() < place:
                continue
            yield "outside", text[place : found.start()]
            close = text.index(")", found.end())
            opening = text.find("{", close)
            semicolon = text.find(";", close)
            if opening < 0 or 0 <= semicolon < opening:  # a declaration
                place = semicolon + 1
                continue
            end, depth = opening + 1, 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            if found[1] == "entry":
                first_line = text.count("\n", 0, opening) + 1
                parameters = text[found.end() : close]
                yield "entry", found[2], parameters, text[close:opening], text[opening + 1 : end - 1], first_line
            place = end
        yield "outside", text[place:]
