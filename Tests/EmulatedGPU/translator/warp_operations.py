"""What lanes of a warp do together (PTX ISA, sections 9.7.9, 9.7.12): shuffles, votes, reductions, barriers."""

from .ptx_types import Unsupported

# The lane that a lane reads from, and whether that is inside its segment of the warp.
SHUFFLES = {
    "idx": ("(int)((j & ~m & 31) | (l & m))", "s <= (int)((l & m) | (c & 31 & ~m))"),
    "bfly": ("(int)(l ^ j)", "s <= (int)((l & m) | (c & 31 & ~m))"),
    "up": ("l - (int)j", "s >= (int)((l & m) | (c & 31 & ~m))"),
    "down": ("l + (int)j", "s <= (int)((l & m) | (c & 31 & ~m))"),
}


def is_collective(instruction):
    """Whether all lanes that a mask names, or all of the warp, must take part."""
    if instruction.base in ("ldmatrix", "wmma", "mma"):
        return True
    if is_warp_barrier(instruction):
        return True
    return instruction.base in ("shfl", "vote", "redux") and instruction.has("sync")


def is_warp_barrier(instruction):
    """Whether it is bar.warp.sync."""
    return instruction.opcode.startswith(("bar.warp", "barrier.warp"))


def member_mask(operands, instruction):
    """The lanes that must take part, as C of the lane's own operands."""
    if instruction.base in ("ldmatrix", "wmma", "mma"):
        return "~0u"
    return operands.read(instruction.operands[-1], "u32")


def translate_shuffle(operands, instruction, site):
    """shfl: a value from another lane, and whether there is one."""
    mode = next(part for part in instruction.modifiers if part in SHUFFLES)
    lane, inside = SHUFFLES[mode]
    tokens = instruction.operands
    result, valid = (tokens[0].split("|") + [None])[:2]
    value, j, c = (operands.read(token, "u32") for token in tokens[1:4])
    return (
        f"{{ u32 v[32], r[32], q[32]; LANES v[l] = {value}; "
        f"LANES {{ u32 j = {j} & 31, c = {c}, m = c >> 8 & 31; int s = {lane}; q[l] = s >= 0 && s < 32 && {inside}; "
        f"if (q[l] && M[l] && !M[s & 31]) fail_shuffle(&w->head, l, s, {site}); r[l] = q[l] ? v[s & 31] : v[l]; }} "
        + operands.write(result, "b32", "r[l]")
        + (operands.write(valid, "pred", "q[l]") if valid else "")
        + " }"
    )


def translate_vote(operands, instruction, site):
    """vote and activemask: predicates of all lanes."""
    if instruction.base == "activemask":
        write = operands.write(instruction.operands[0], "b32", "b")
        return f"{{ u32 b = 0; LANES if (M[l]) b |= 1u << l; {write} }}"
    mode = next((part for part in instruction.modifiers if part in ("ballot", "any", "all", "uni")), None)
    value = {"ballot": "b", "any": "b != 0", "all": "b == a", "uni": "(b == a || b == 0)"}[mode]
    kind = "b32" if mode == "ballot" else "pred"
    predicate = operands.read(instruction.operands[1], "pred")
    collect = f"u32 a = 0, b = 0; LANES if (M[l]) {{ a |= 1u << l; if ({predicate}) b |= 1u << l; }}"
    return f"{{ {collect} {operands.write(instruction.operands[0], kind, value)} }}"


def translate_reduction(operands, instruction, site):
    """redux.sync: a sum, minimum, maximum or logic of all lanes' numbers."""
    kind = instruction.kind if instruction.kind[0] != "b" else "u32"
    operations = {
        "add": "t + x",
        "min": "(x < t ? x : t)",
        "max": "(x > t ? x : t)",
        "and": "t & x",
        "or": "t | x",
        "xor": "t ^ x",
    }
    operation = next((part for part in instruction.modifiers if part in operations), None)
    if operation is None:
        raise Unsupported(f"line {instruction.line} of the PTX: '{instruction.opcode}'")
    value = operands.read(instruction.operands[1], kind)
    step = f"{kind} x = {value}; t = any ? {operations[operation]} : x; any = 1;"
    write = operands.write(instruction.operands[0], "u32", "t")
    return f"{{ {kind} t = 0; int any = 0; LANES if (M[l]) {{ {step} }} {write} }}"
