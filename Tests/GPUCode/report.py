"""The table of what every kernel needs on every target, as Markdown."""

from compilers import limits_of


def _cell(row):
    if row is None:
        return "-"
    parts = [f"SIMD{row.simd}"] if row.simd else [str(row.registers)] if row.registers else ["valid"]
    if row.spills:
        parts.append(f"**{row.spills} spilled**")
    if row.stack:
        parts.append(f"**{row.stack} B in memory**")
    if row.under_way is not None:
        parts.append(f"{row.under_way} B")
    return ", ".join(parts)


def write(path, results, targets):
    """One line a kernel."""
    lines, sizes = {}, {}
    for program, target, rows in results:
        for row in [] if isinstance(rows, str) else rows:
            key = (row.kernel, program.label)
            dynamic, items = program.launches.get(row.kernel, (0, 0))
            if not items:
                continue  # never launched with these options
            lines.setdefault(key, {})[target] = row
            before = sizes.get(key, (0, 0))
            static = row.local if target.startswith("sm") else 0
            sizes[key] = (max(before[0], items), max(before[1], static + dynamic))
    with open(path, "w") as file:
        file.write("# What compilers of GPUs make of the kernels\n\n")
        file.write(
            "Written by `.ci/check-gpu-code --update`. Registers (NVIDIA, AMD) or SIMD width (Intel) of every kernel "
        )
        file.write(
            "that GPT-2 124M and 1558M launch, as on an H100 (sm_80, sm_90), a T4 or a V100 (sm_75), an Arc A770 (dg2) "
            "or an RX 7900 XTX (the others), and what spills. Behind NVIDIA's: the bytes of global "
        )
        file.write(
            "memory that a work-item has under way in its main loop. Items and local memory: the most of a launch.\n"
        )
        file.write("Compilers: clang 15 and ptxas 12.9 (sm), clang 15 (gfx1030), clang 19 (gfx1100), ")
        file.write("Intel's of 2022 (dg2); SPIR-V 1.0 by clang 15, checked by spirv-val.\n\n")
        file.write(f"| kernel | options | items | local B | {' | '.join(targets)} |\n")
        file.write("|---|---|---:|---:|" + "---|" * len(targets) + "\n")
        for key in sorted(lines):
            cells = [_cell(lines[key].get(target)) for target in targets]
            items, local = sizes[key]
            file.write(f"| {key[0]} | {key[1]} | {items} | {local} | {' | '.join(cells)} |\n")
        local = [limits_of(target)[0] >> 10 for target in ("sm_90", "gfx1100", "dg2")]
        file.write("\nLimits of local memory: {} KiB (NVIDIA), {} (AMD), {} (Intel).\n".format(*local))
