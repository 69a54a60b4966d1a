#!/usr/bin/env python3
"""Everything to be known of gpt2-gpu on a GPU in one run: is it right, what does the device reach, how fast is it, and transformers beside it.

  run.py [--device 0] [--models 124m,355m,774m,1558m] [--batches 1,8,64,256] [--precisions fp16,int8] [--time-limit 3000]
         [--parts doctor,correctness,products,sweep] [--skip-peers] [--out gpu.json]

It lies in the folder that Benchmarks/gpu/bundle makes, beside the program and its libraries. Needs Python; the peers torch and
transformers. What was measured is written after every command, so that no failure and no limit loses it.
"""
import argparse, glob, hashlib, importlib.util, json, os, platform, shutil, signal, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--device", default="0", help="as of 'gpt2-gpu devices'; the peers take the first CUDA device, or the processor")
parser.add_argument("--models", default="124m,355m,774m,1558m")
parser.add_argument("--batches", default="1,8,64,256")
parser.add_argument("--precisions", default="fp16,int8")
parser.add_argument("--prompt-tokens", type=int, default=32)
parser.add_argument("--new-tokens", type=int, default=128)
parser.add_argument("--repeat", type=int, default=3)
parser.add_argument("--parts", default="doctor,correctness,products,sweep")
parser.add_argument("--skip-peers", action="store_true")
parser.add_argument("--time-limit", type=float, default=3000, help="seconds for everything")
parser.add_argument("--command-limit", type=float, default=600, help="seconds for each command")
parser.add_argument("--program", default=os.path.join(here, "gpt2-gpu"))
parser.add_argument("--out", default="gpu.json")
a = parser.parse_args()
started = time.monotonic()
models, precisions = a.models.split(","), a.precisions.split(",")
result = {"format": "gpt2-gpu gpu 1", "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "arguments": sys.argv[1:],
          "machine": {}, "devices": [], "doctor": None, "correctness": [], "products": [], "sweep": [], "problems": [], "commands": []}

# The program's libraries, and the folder of a driver that was mounted without telling the linker: only for the program, since
# the peers bring their own. A C++ library of the machine's own comes before ours.
drivers = [folder for folder in ("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib") if glob.glob(folder + "/libnvidia-opencl.so*")]
def with_libraries(*last): return os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, [here + "/lib", *drivers, os.environ.get("LD_LIBRARY_PATH"), *last]))}
program_environment = with_libraries()
if subprocess.run([a.program, "--version"], env=program_environment, capture_output=True).returncode:
    program_environment = with_libraries(here + "/lib/spare")


def save():
    result["seconds"] = round(time.monotonic() - started, 1)
    with open(a.out + ".part", "w") as file: json.dump(result, file, indent=1)
    os.replace(a.out + ".part", a.out)


def problem(text):
    print("PROBLEM: " + text, file=sys.stderr, flush=True)
    result["problems"].append(text)
    save()


def run(command, environment=None, accepts=(0,)):
    """What a command printed, also where it failed or took too long: then that is a problem."""
    words = " ".join(os.path.basename(word) if os.sep in word else word for word in command)
    limit = min(a.command_limit, a.time_limit - (time.monotonic() - started))
    if limit <= 1:
        problem(f"no time left for: {words}")
        return ""
    print(f"[{time.monotonic() - started:.0f} s] {words}", file=sys.stderr, flush=True)
    begin = time.monotonic()
    # Files, which keep what a command printed before it was ended; a group of its own, to end its children too.
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment, start_new_session=True)
        except OSError as error:
            problem(f"{words}: {error}")
            return ""
        try: code = process.wait(limit)
        except subprocess.TimeoutExpired: code = None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        output.seek(0), errors.seek(0)
        text, complaints = output.read(), errors.read().strip()
    result["commands"].append({"command": words, "exit_code": code, "seconds": round(time.monotonic() - begin, 2)})
    if code is None: problem(f"{words}: not done in {limit:.0f} s")
    elif code not in accepts: problem(f"{words}: exit code {code}: {complaints[-1500:]}")
    save()
    return text


def ours(*arguments, accepts=(0,)): return run([a.program, *map(str, arguments)], program_environment, accepts)


def parsed(text):
    """The documents of lines, without what a command could not finish."""
    documents = []
    for line in text.splitlines():
        try: documents.append(json.loads(line))
        except ValueError: pass
    return documents


def machine():
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    facts = {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "system": platform.platform(), "driver_folders": drivers}
    if shutil.which("nvidia-smi"):
        fields = "name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit"
        facts["nvidia_smi"] = {"fields": fields, "gpus": run(["nvidia-smi", "--query-gpu=" + fields, "--format=csv,noheader"]).splitlines()}
    result["machine"] = facts
    result["devices"] = next(iter(parsed(ours("devices", "--format", "json"))), [])


def doctor():
    """Every kernel of every family against the host's numbers."""
    for report in next(iter(parsed(ours("doctor", "--device", a.device, "--time-limit", 120, "--format", "json", accepts=(0, 5)))), []):
        result["doctor"] = report
        if not report["right"]: problem("doctor: wrong: " + ", ".join(report["wrong"]))


def correctness():
    """The demo model's texts do not depend on the batch size, and agree with those of the processor without OpenCL."""
    subjects = ["The king", "My dream", "A letter from London", "She said that nobody", "Why", "All the world's a stage, and", "O", "In the year of"]
    verbs = ["is", "was not, and", "had come to", "will never", "speaks of", "goes", "and the old man who stood there", "must"]
    reference = None
    with tempfile.TemporaryDirectory() as folder:
        prompts = os.path.join(folder, "prompts.txt")
        with open(prompts, "w") as file: file.writelines(f"{subject} {verb}\n" for subject in subjects for verb in verbs)
        for device, precision in [("cpu", "fp32"), *((a.device, precision) for precision in dict.fromkeys(["fp32", *precisions]))]:
            texts = {}
            for batch in (1, 7, 64):
                lines = parsed(ours("batch", "--in", prompts, "--text", "--out", "-", "--ordered", "--device", device, "--precision", precision,
                                    "--greedy", "--ignore-eos", "--max-new-tokens", 24, "--batch-size", batch))
                texts[batch] = [line.get("text") for line in lines]
            if any(len(written) != 64 for written in texts.values()): continue  # which is a problem already
            row = {"device": device, "precision": precision, "hash": {b: hashlib.sha256("\n".join(map(str, t)).encode()).hexdigest()[:16] for b, t in texts.items()},
                   "same_for_all_batches": len(set(map(tuple, texts.values()))) == 1}
            if device == "cpu": reference = texts[64]  # OpenBLAS promises the same sums for equal batches only
            elif not row["same_for_all_batches"]: problem(f"the texts of {precision} depend on the batch size")
            if reference: row["texts_as_by_cpu"] = sum(x == y for x, y in zip(texts[64], reference))
            if precision == "fp32" and row.get("texts_as_by_cpu", 64) < 60: problem(f"only {row['texts_as_by_cpu']} of 64 texts in fp32 are those of the CPU")
            result["correctness"].append(row)
        text = "My dream is that one day the king will come home, and that nobody in London says that he was not a good man."
        scores = {device: next(iter(parsed(ours("score", text, "--device", device, "--precision", "fp32", "--format", "json"))), {}).get("perplexity")
                  for device in ("cpu", a.device)}
    if all(scores.values()):
        difference = abs(scores[a.device] / scores["cpu"] - 1)
        result["correctness"].append({"perplexity": scores, "relative_difference": difference})
        if difference > 1e-4: problem(f"the perplexity differs from the CPU's by {difference:.1e}")
    save()


def bench(model, *arguments):
    rows = parsed(ours("bench", "--model", model, "--device", a.device, "--precision", a.precisions, "--greedy", "--format", "jsonl", *arguments, accepts=(0, 3)))
    for row in rows:
        result["machine"].setdefault("limits", row.get("limits"))
        if row["status"] == "failed": problem(f"{model}, {row['precision']}, batch {row['batch']}: {row['reason']}")
    return rows


def products():
    """Each kernel's time by its shape: steps of as many rows as sequences, and a prompt."""
    for model in models:
        for works in (["--batch", a.batches, "--prompt-tokens", 1, "--new-tokens", 9], ["--batch", 1, "--prompt-tokens", 512, "--new-tokens", 1]):
            for row in bench(model, "--repeat", 1, "--profile", *works):
                rows = row["batch"] * int(row["prompt_tokens"])
                for kernel in row.get("profile", []):
                    result["products"].append({"model": model, "precision": row["precision"], "rows": rows, **kernel})
            save()


def sweep():
    """The program and its peers on the same work, one after the other."""
    lengths = ["--prompt-tokens", a.prompt_tokens, "--new-tokens", a.new_tokens, "--repeat", a.repeat]
    missing = [] if a.skip_peers else [name for name in ("torch", "transformers") if not importlib.util.find_spec(name)]
    if missing: problem(f"the peers are left out, for this Python has no {' and no '.join(missing)}; --skip-peers says that it need not")
    for model in models:
        for row in bench(model, "--batch", a.batches, *lengths):
            kept = {key: row.get(key) for key in ("precision", "batch", "status", "reason", "prefill", "decode", "end_to_end", "time_to_first_token_s",
                                                  "step_s", "device_memory_bytes", "hash", "reproduced")}
            if row["status"] == "measured": kept["tokens_per_s"] = row["end_to_end"]["tokens_per_s"]["median"]
            if row["status"] == "measured" and not row["reproduced"]: problem(f"{model}, {row['precision']}, batch {row['batch']}: not the same text every time")
            result["sweep"].append({"model": model, "engine": "gpt2-gpu", **kept})
        save()
        for kind in [] if a.skip_peers or missing else ["eager", "compiled"]:
            result["sweep"] += parsed(run([sys.executable, here + "/peers.py", model, kind, "--batches", a.batches, *map(str, lengths)]))
            save()


def table():
    """Tokens/s end to end, ours beside the peers'."""
    rows = result["sweep"]
    def rate(model, engine, batch, precision=None):
        found = [r for r in rows if r["model"] == model and r["engine"] == engine and r["batch"] == batch and precision in (None, r["precision"])]
        return found[0].get("tokens_per_s") if found else None
    number = lambda rate: f"{rate:,.0f}" if rate else ""
    ratio = lambda x, y: f"{x / y:.2f}" if x and y else ""
    if rows:
        print("| model | batch | " + " | ".join("ours " + p for p in precisions) + f" | eager | compiled | {precisions[0]} / eager | {precisions[0]} / compiled |")
        print("|---" * (len(precisions) + 6) + "|")
        for model in models:
            for batch in map(int, a.batches.split(",")):
                own = [rate(model, "gpt2-gpu", batch, p) for p in precisions]
                eager, compiled = rate(model, "transformers eager", batch), rate(model, "transformers compiled", batch)
                print(f"| {model} | {batch} | " + " | ".join(map(number, own)) + f" | {number(eager)} | {number(compiled)} | {ratio(own[0], eager)} | {ratio(own[0], compiled)} |")
    limits = result["machine"].get("limits")
    if limits:
        microseconds = lambda name: f"{limits[name] * 1e6:.1f} µs" if limits.get(name) else "-"
        print(f"\nReads {limits['read_bytes_per_s'] / 1e9:,.0f} GB/s, copies {limits['copy_bytes_per_s'] / 1e9:,.0f} GB/s, fma {limits['fma_flop_per_s'] / 1e9:,.0f} GFLOP/s; "
              f"a launch {microseconds('launch_s')}, with a wait {microseconds('launch_and_wait_s')}.")
    for text in result["problems"]: print("\nPROBLEM: " + text)


def has_device():
    """Whether there is such a device: without one, every command fails alike."""
    found = [d for d in result["devices"] if d["id"] == a.device or a.device.lower() in d["name"].lower()]
    if not found: problem(f"no device {a.device}; there are: " + ", ".join(f"{d['id']} ({d['name']})" for d in result["devices"]))
    return bool(found)


parts = {"doctor": doctor, "correctness": correctness, "products": products, "sweep": sweep}
machine()
for name in parts if has_device() else []:
    if name not in a.parts.split(","): continue
    try: parts[name]()
    except Exception as error: problem(f"{name}: {type(error).__name__}: {error}")
save()
table()
sys.exit(1 if result["problems"] else 0)
