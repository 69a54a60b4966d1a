"""What is expected of every kernel, and the exceptions: expected.tsv, with the number that each had then.

A number above an exception's is a regression; one below is an improvement, which the table must be told of. Both fail.
"""

from compilers import limits_of

# Bytes of weights, or of keys and values, that an item should have under way in its main loop.
FLOORS = {"linear": 64, "attend": 64}
# Of a tile of many rows fewer do where its unit multiplies for at least as long as a load from memory takes: 0.5 µs.
TILES = '"simt/linear_tiles.cl"'
LATENCY = 900  # cycles
# The warps, bytes of local memory and work-groups of a unit.
UNITS = {"sm_75": (32, 64 << 10, 16), "sm_80": (64, 164 << 10, 32), "sm_90": (64, 227 << 10, 32)}
REGISTERS, SCHEDULERS = 65536, 4
COLUMNS = ("target", "kernel", "program", "quantity", "number")


def findings(results):
    """What is not as it should be: {(target, kernel, program, quantity): number}, and what no table may excuse."""
    exceptions, errors = {}, []
    for program, target, rows in results:
        if isinstance(rows, str):
            errors.append(f"{target}: {program.kernels[:1]} {program.label}: does not compile: {rows}")
            continue
        for row in rows:
            dynamic, items = program.launches.get(row.kernel, (0, 0))
            most_local, most_items = limits_of(target)
            where = (target, row.kernel, program.label)
            if row.local + dynamic > most_local:
                errors.append(f"{' '.join(where)}: {row.local + dynamic} bytes of local memory, of {most_local}")
            if items > most_items:
                errors.append(f"{' '.join(where)}: {items} work-items of a group, of {most_items}")
            if target.startswith("sm") and row.registers * items > 65536:
                errors.append(f"{' '.join(where)}: {row.registers} registers of {items} items, of 65536")
            if row.spills:
                exceptions[*where, "spills"] = row.spills
            if row.stack:
                exceptions[*where, "stack"] = row.stack
            floor = FLOORS.get(row.kernel)
            if floor and row.under_way is not None and row.under_way < floor:  # of NVIDIA's code, which alone tells
                if TILES not in program.text or _busy_cycles(target, row, dynamic, items) < LATENCY:
                    exceptions[*where, "bytes under way"] = row.under_way
    return exceptions, errors


def _busy_cycles(target, row, dynamic, items):
    """The cycles in which a unit that has as many work-groups as it holds issues one trip of each of their loops."""
    most_warps, most_local, most_groups = UNITS[target]
    warps = max(1, -(-items // 32))
    by_registers = REGISTERS // (warps * 32 * (-(-row.registers // 8) * 8))
    groups = min(by_registers, most_local // (row.local + dynamic + 1024), most_warps // warps, most_groups)
    return row.instructions * groups * warps / SCHEDULERS


def read(path):
    """The table."""
    with open(path) as file:
        lines = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return {tuple(line[:4]): int(line[4]) for line in lines[1:]}


def write(path, exceptions):
    """The table as it is now."""
    with open(path, "w") as file:
        file.write("# Kernels that spill, keep arrays in memory, or have few bytes under way: see expectations.py.\n")
        file.write("# Written by '.ci/check-gpu-code --update'.\n")
        file.write("\t".join(COLUMNS) + "\n")
        for key, number in sorted(exceptions.items()):
            file.write("\t".join((*key, str(number))) + "\n")


def compare(found, expected, targets):
    """Differences in words: worse, better, and what the table has that is gone."""
    words = []
    for key in sorted(set(found) | {key for key in expected if key[0] in targets}):
        target, kernel, program, quantity = key
        now, before = found.get(key), expected.get(key)
        name = f"{target}: {kernel} {program}: {quantity}"
        if now == before:
            continue
        if before is None:
            words.append(f"{name} {now}, where none was expected")
        elif now is None:
            words.append(f"{name}: no longer {before}: better, or the program is gone; update the table")
        else:
            better = (now > before) == (quantity == "bytes under way")
            words.append(f"{name} {now}, was {before}: {'better; update the table' if better else 'worse'}")
    return words
