"""What a person reads at the end of a run, or of its first parts."""


def print_first(result):
    """Print what is wrong and what is slow."""
    driver, doctor = result["driver"], result["doctor"]
    built = sum(row["status"] == "built" for row in result["builds"])
    print(f"Driver: {driver.get('library') or 'none of NVIDIA'}; {driver.get('program', '')}")
    if result["builds"]:
        spilling = sum(row.get("spilled_bytes", 0) > 0 for row in result["builds"])
        print(f"Programs: {built} of {len(result['builds'])} compile, {spilling} spill.")
    if doctor:
        print("Doctor: " + ("everything is right." if doctor["right"] else "wrong: " + ", ".join(doctor["wrong"])))
        print_units(doctor.get("dot_units", []))
    print_limits(result["machine"].get("limits"))
    one = result["machine"].get("first_token_rate") or {}
    if one.get("decode"):
        rate = one["decode"]["tokens_per_s"]["median"]
        print(f"One stream of {one['model']} {one['precision']}: {rate:,.0f} tokens/s.")
    rows = sorted({row["rows"] for row in result["products"]})
    for count in rows:
        slowest = sorted((r for r in result["products"] if r["rows"] == count), key=lambda r: -r["share"])[:6]
        print(f"Steps of {count} rows: " + ", ".join(f"{row['kernel']} {row['share']:.0%}" for row in slowest))


def print_units(units):
    """Print what multiplies in each precision, and why not what would come before it."""
    for unit in units:
        if unit["kernels"] != "simt" or not (unit["used"] or unit.get("refused_forms")):
            continue
        form = f", form {unit['form']}" if unit.get("form") is not None else ""
        attends = {True: ", attention too", False: ", without attention", None: ""}[unit.get("attends")]
        verdict = "used" + form + attends if unit["used"] else f"not used: {unit['reason']}"
        print(f"{unit['precision']}: {unit['name']}: {verdict}")
        for refused in unit.get("refused_forms", []) if unit["used"] else []:
            print(f"  not form {refused['form']}{'' if refused['attends'] else ' alone'}: {refused['reason']}")


def print_limits(limits):
    """Print what the device reaches."""
    if not limits:
        return

    def microseconds(name):
        return f"{limits[name] * 1e6:.1f} µs" if limits.get(name) else "-"

    print(
        f"\nReads {limits['read_bytes_per_s'] / 1e9:,.0f} GB/s, copies {limits['copy_bytes_per_s'] / 1e9:,.0f} GB/s, "
        f"fma {limits['fma_flop_per_s'] / 1e9:,.0f} GFLOP/s; "
        f"a launch {microseconds('launch_s')}, with a wait {microseconds('launch_and_wait_s')}."
    )


def rate(result, model, engine, batch, precision=None):
    """Return the tokens/s of an engine in the sweep, or None."""
    for row in result["sweep"]:
        if (row["model"], row["engine"], row["batch"]) != (model, engine, batch):
            continue
        if precision in (None, row["precision"]):
            return row.get("tokens_per_s")
    return None


def print_sweep(result, options):
    """Print tokens/s end to end, ours beside the peers'."""
    precisions = options.precisions.split(",")
    if not result["sweep"]:
        return
    own = " | ".join("ours " + precision for precision in precisions)
    ratios = f"{precisions[0]} / eager | {precisions[0]} / compiled"
    print(f"| model | batch | {own} | eager | compiled | {ratios} |")
    print("|---" * (len(precisions) + 6) + "|")
    for model in options.models.split(","):
        for batch in map(int, options.batches.split(",")):
            ours = [rate(result, model, "gpt2-gpu", batch, precision) for precision in precisions]
            peers = [rate(result, model, "transformers " + kind, batch) for kind in ("eager", "compiled")]
            rates = [f"{value:,.0f}" if value else "" for value in [*ours, *peers]]
            quotients = [f"{ours[0] / peer:.2f}" if ours[0] and peer else "" for peer in peers]
            print(f"| {model} | {batch} | " + " | ".join([*rates, *quotients]) + " |")


def print_problems(result):
    """Print the problems."""
    for text in result["problems"]:
        print("\nPROBLEM: " + text)
