#!/usr/bin/env python3
"""gpt2-gpu on a GPU in one run: its correctness, the limits of the device, its speed, and transformers beside it.

  run.py [--device 0] [--models 124m,355m,774m,1558m] [--batches 1,8,64,256] [--precisions fp16,int8]
         [--parts doctor,correctness,products,sweep] [--skip-peers] [--time-limit 3000] [--out gpu.json]

It lies in the folder that Benchmarks/gpu/bundle makes, beside the program and its libraries. Needs Python; the peers
torch and transformers. What was measured is written after every command, so that no failure and no limit loses it.
"""

import argparse
import glob
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SUBJECTS = (
    *("The king", "My dream", "A letter from London", "She said that nobody", "Why"),
    *("All the world's a stage, and", "O", "In the year of"),
)
VERBS = (
    *("is", "was not, and", "had come to", "will never", "speaks of", "goes"),
    *("and the old man who stood there", "must"),
)
SCORED = "My dream is that one day the king will come home, and that nobody in London says that he was not a good man."
# What a row of the sweep keeps of a row of `bench`.
SWEEP_KEYS = (
    *("precision", "batch", "status", "reason", "prefill", "decode", "end_to_end", "time_to_first_token_s"),
    *("step_s", "device_memory_bytes", "hash", "reproduced"),
)


def here():
    """Return the folder of this script."""
    return os.path.dirname(os.path.abspath(__file__))


class Commands:
    """Runs commands within the limits of time, and writes the result after each."""

    def __init__(self, options):
        """Start the clock of --time-limit, and find the libraries of the program."""
        self.options, self.started = options, time.monotonic()
        self.result = {
            "format": "gpt2-gpu gpu 1",
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "arguments": sys.argv[1:],
            "machine": {},
            "devices": [],
            "doctor": None,
            "correctness": [],
            "products": [],
            "sweep": [],
            "problems": [],
            "commands": [],
        }
        # The program's libraries, and the folder of a driver that was mounted without telling the linker: only for
        # the program, since the peers bring their own. A C++ library of the machine's own comes before ours.
        folders = ("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib")
        self.drivers = [folder for folder in folders if glob.glob(folder + "/libnvidia-opencl.so*")]
        self.environment = self.with_libraries()
        version = [options.program, "--version"]
        if subprocess.run(version, env=self.environment, capture_output=True).returncode:
            self.environment = self.with_libraries(here() + "/lib/spare")

    def with_libraries(self, *last):
        """Return the environment in which the program finds its libraries, with more folders at the end."""
        folders = [here() + "/lib", *self.drivers, os.environ.get("LD_LIBRARY_PATH"), *last]
        return os.environ | {"LD_LIBRARY_PATH": ":".join(filter(None, folders))}

    def elapsed(self):
        """Return the seconds since the start."""
        return time.monotonic() - self.started

    def save(self):
        """Write the result so far."""
        self.result["seconds"] = round(self.elapsed(), 1)
        with open(self.options.out + ".part", "w") as file:
            json.dump(self.result, file, indent=1)
        os.replace(self.options.out + ".part", self.options.out)

    def problem(self, text):
        """Print a problem, and keep it in the result."""
        print("PROBLEM: " + text, file=sys.stderr, flush=True)
        self.result["problems"].append(text)
        self.save()

    def run(self, command, environment=None, accepts=(0,)):
        """Return the output of a command, also if it failed or took too long: then that is a problem."""
        words = " ".join(os.path.basename(word) if os.sep in word else word for word in command)
        limit = min(self.options.command_limit, self.options.time_limit - self.elapsed())
        if limit <= 1:
            self.problem(f"no time left for: {words}")
            return ""
        print(f"[{self.elapsed():.0f} s] {words}", file=sys.stderr, flush=True)
        begin = time.monotonic()
        # Files, which keep what a command printed before it was ended; a group of its own, to end its children too.
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            files = dict(stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
            try:
                process = subprocess.Popen(command, **files, env=environment, start_new_session=True)
            except OSError as error:
                self.problem(f"{words}: {error}")
                return ""
            try:
                code = process.wait(limit)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            output.seek(0)
            errors.seek(0)
            text, complaints = output.read(), errors.read().strip()
        seconds = round(time.monotonic() - begin, 2)
        self.result["commands"].append({"command": words, "exit_code": code, "seconds": seconds})
        if code is None:
            self.problem(f"{words}: not done in {limit:.0f} s")
        elif code not in accepts:
            self.problem(f"{words}: exit code {code}: {complaints[-1500:]}")
        self.save()
        return text

    def ours(self, *arguments, accepts=(0,)):
        """Return the output of the program."""
        return self.run([self.options.program, *map(str, arguments)], self.environment, accepts)


class Benchmark:
    """The parts of the benchmark; each adds to the result."""

    def __init__(self, commands):
        """Take the commands, whose result the parts add to."""
        self.commands, self.options, self.result = commands, commands.options, commands.result
        self.models, self.precisions = self.options.models.split(","), self.options.precisions.split(",")

    def machine(self):
        """Keep the facts of the machine, and the OpenCL devices."""
        with open("/proc/cpuinfo") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        facts = {
            "cpu": names[0] if names else platform.processor(),
            "cores": len(os.sched_getaffinity(0)),
            "system": platform.platform(),
            "driver_folders": self.commands.drivers,
        }
        if shutil.which("nvidia-smi"):
            fields = "name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit"
            query = ["nvidia-smi", "--query-gpu=" + fields, "--format=csv,noheader"]
            facts["nvidia_smi"] = {"fields": fields, "gpus": self.commands.run(query).splitlines()}
        self.result["machine"] = facts
        self.result["devices"] = first(self.commands.ours("devices", "--format", "json"), [])

    def has_device(self):
        """Return whether there is such a device: without one, every command fails alike."""
        name = self.options.device
        found = [d for d in self.result["devices"] if d["id"] == name or name.lower() in d["name"].lower()]
        if not found:
            devices = ", ".join(f"{d['id']} ({d['name']})" for d in self.result["devices"])
            self.commands.problem(f"no device {name}; there are: {devices}")
        return bool(found)

    def doctor(self):
        """Compare every kernel of every family with the host's numbers."""
        asked = ["--device", self.options.device, "--time-limit", 120, "--format", "json"]
        for report in first(self.commands.ours("doctor", *asked, accepts=(0, 5)), []):
            self.result["doctor"] = report
            if not report["right"]:
                self.commands.problem("doctor: wrong: " + ", ".join(report["wrong"]))

    def correctness(self):
        """Check that the demo model's texts do not depend on the batch size, and agree with those of `--device cpu`."""
        reference = None
        with tempfile.TemporaryDirectory() as folder:
            prompts = os.path.join(folder, "prompts.txt")
            with open(prompts, "w") as file:
                file.writelines(f"{subject} {verb}\n" for subject in SUBJECTS for verb in VERBS)
            precisions = dict.fromkeys(["fp32", *self.precisions])
            for device, precision in [("cpu", "fp32"), *((self.options.device, p) for p in precisions)]:
                texts = {batch: self.texts(prompts, device, precision, batch) for batch in (1, 7, 64)}
                if any(len(written) != 64 for written in texts.values()):
                    continue  # which is a problem already
                row = {
                    "device": device,
                    "precision": precision,
                    "hash": {batch: digest(written) for batch, written in texts.items()},
                    "same_for_all_batches": len(set(map(tuple, texts.values()))) == 1,
                }
                if device == "cpu":
                    reference = texts[64]  # OpenBLAS promises the same sums for equal batches only
                elif not row["same_for_all_batches"]:
                    self.commands.problem(f"the texts of {precision} depend on the batch size")
                if reference:
                    row["texts_as_by_cpu"] = sum(x == y for x, y in zip(texts[64], reference))
                if precision == "fp32" and row.get("texts_as_by_cpu", 64) < 60:
                    alike = row["texts_as_by_cpu"]
                    self.commands.problem(f"only {alike} of 64 texts in fp32 are those of the CPU")
                self.result["correctness"].append(row)
            scores = {device: self.perplexity(device) for device in ("cpu", self.options.device)}
        if all(scores.values()):
            difference = abs(scores[self.options.device] / scores["cpu"] - 1)
            self.result["correctness"].append({"perplexity": scores, "relative_difference": difference})
            if difference > 1e-4:
                self.commands.problem(f"the perplexity differs from the CPU's by {difference:.1e}")
        self.commands.save()

    def texts(self, prompts, device, precision, batch):
        """Return the texts that a device writes after the prompts of a file, `batch` at a time."""
        files = ["--in", prompts, "--text", "--out", "-", "--ordered"]
        choice = ["--greedy", "--ignore-eos", "--max-new-tokens", 24, "--batch-size", batch]
        written = self.commands.ours("batch", *files, "--device", device, "--precision", precision, *choice)
        return [line.get("text") for line in parsed(written)]

    def perplexity(self, device):
        """Return the perplexity of a sentence in fp32, or None."""
        options = ["--device", device, "--precision", "fp32", "--format", "json"]
        return first(self.commands.ours("score", SCORED, *options), {}).get("perplexity")

    def bench(self, model, *arguments):
        """Return the rows of `bench`."""
        options = self.options
        device = ["--device", options.device, "--precision", options.precisions, "--greedy", "--format", "jsonl"]
        rows = parsed(self.commands.ours("bench", "--model", model, *device, *arguments, accepts=(0, 3)))
        for row in rows:
            self.result["machine"].setdefault("limits", row.get("limits"))
            if row["status"] == "failed":
                self.commands.problem(f"{model}, {row['precision']}, batch {row['batch']}: {row['reason']}")
        return rows

    def products(self):
        """Measure each kernel's time by its shape: steps of as many rows as sequences, and a prompt."""
        steps = ["--batch", self.options.batches, "--prompt-tokens", 1, "--new-tokens", 9]
        prompt = ["--batch", 1, "--prompt-tokens", 512, "--new-tokens", 1]
        for model in self.models:
            for works in (steps, prompt):
                for row in self.bench(model, "--repeat", 1, "--profile", *works):
                    rows = row["batch"] * int(row["prompt_tokens"])
                    for kernel in row.get("profile", []):
                        shape = {"model": model, "precision": row["precision"], "rows": rows}
                        self.result["products"].append({**shape, **kernel})
                self.commands.save()

    def sweep(self):
        """Measure the program and its peers on the same work, one after the other, in tokens/s."""
        options = self.options
        lengths = ["--prompt-tokens", options.prompt_tokens, "--new-tokens", options.new_tokens]
        lengths += ["--repeat", options.repeat]
        names = [] if options.skip_peers else ["torch", "transformers"]
        missing = [name for name in names if not importlib.util.find_spec(name)]
        if missing:
            left_out = f"the peers are left out, for this Python has no {' and no '.join(missing)}"
            self.commands.problem(f"{left_out}; --skip-peers says that it need not")
        for model in self.models:
            for row in self.bench(model, "--batch", options.batches, *lengths):
                kept = {key: row.get(key) for key in SWEEP_KEYS}
                if row["status"] == "measured":
                    kept["tokens_per_s"] = row["end_to_end"]["tokens_per_s"]["median"]
                if row["status"] == "measured" and not row["reproduced"]:
                    subject = f"{model}, {row['precision']}, batch {row['batch']}"
                    self.commands.problem(f"{subject}: not the same text every time")
                self.result["sweep"].append({"model": model, "engine": "gpt2-gpu", **kept})
            self.commands.save()
            for kind in [] if options.skip_peers or missing else ["eager", "compiled"]:
                peers = [sys.executable, here() + "/peers.py", model, kind, "--batches", options.batches]
                self.result["sweep"] += parsed(self.commands.run([*peers, *map(str, lengths)]))
                self.commands.save()

    def rate(self, model, engine, batch, precision=None):
        """Return the tokens/s of an engine in the sweep, or None."""
        for row in self.result["sweep"]:
            if (row["model"], row["engine"], row["batch"]) != (model, engine, batch):
                continue
            if precision in (None, row["precision"]):
                return row.get("tokens_per_s")
        return None

    def print_table(self):
        """Print tokens/s end to end, ours beside the peers', the limits of the device, and the problems."""
        if self.result["sweep"]:
            first_precision = self.precisions[0]
            own = " | ".join("ours " + precision for precision in self.precisions)
            ratios = f"{first_precision} / eager | {first_precision} / compiled"
            print(f"| model | batch | {own} | eager | compiled | {ratios} |")
            print("|---" * (len(self.precisions) + 6) + "|")
            for model in self.models:
                for batch in map(int, self.options.batches.split(",")):
                    self.print_row(model, batch)
        limits = self.result["machine"].get("limits")
        if limits:

            def microseconds(name):
                return f"{limits[name] * 1e6:.1f} µs" if limits.get(name) else "-"

            print(
                f"\nReads {limits['read_bytes_per_s'] / 1e9:,.0f} GB/s, "
                f"copies {limits['copy_bytes_per_s'] / 1e9:,.0f} GB/s, "
                f"fma {limits['fma_flop_per_s'] / 1e9:,.0f} GFLOP/s; "
                f"a launch {microseconds('launch_s')}, with a wait {microseconds('launch_and_wait_s')}."
            )
        for text in self.result["problems"]:
            print("\nPROBLEM: " + text)

    def print_row(self, model, batch):
        """Print a row of the table: tokens/s, and the ratios of the first precision to the peers."""
        own = [self.rate(model, "gpt2-gpu", batch, precision) for precision in self.precisions]
        peers = [self.rate(model, "transformers " + kind, batch) for kind in ("eager", "compiled")]
        rates = [f"{rate:,.0f}" if rate else "" for rate in [*own, *peers]]
        ratios = [f"{own[0] / peer:.2f}" if own[0] and peer else "" for peer in peers]
        print(f"| {model} | {batch} | " + " | ".join([*rates, *ratios]) + " |")


def parsed(text):
    """Return the documents of lines, without what a command could not finish."""
    documents = []
    for line in text.splitlines():
        try:
            documents.append(json.loads(line))
        except ValueError:
            pass
    return documents


def first(text, default):
    """Return the first document of lines."""
    return next(iter(parsed(text)), default)


def digest(texts):
    """Return a short hash of texts."""
    return hashlib.sha256("\n".join(map(str, texts)).encode()).hexdigest()[:16]


def parse(arguments):
    """Return the options of a command line."""
    device = "as of 'gpt2-gpu devices'; the peers take the first CUDA device, or the processor"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="0", help=device)
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
    parser.add_argument("--program", default=os.path.join(here(), "gpt2-gpu"))
    parser.add_argument("--out", default="gpu.json")
    return parser.parse_args(arguments)


def main():
    """Run the parts that were asked for; return 1 if there was a problem."""
    options = parse(sys.argv[1:])
    commands = Commands(options)
    benchmark = Benchmark(commands)
    parts = {
        "doctor": benchmark.doctor,
        "correctness": benchmark.correctness,
        "products": benchmark.products,
        "sweep": benchmark.sweep,
    }
    benchmark.machine()
    for name in parts if benchmark.has_device() else []:
        if name not in options.parts.split(","):
            continue
        try:
            parts[name]()
        except Exception as error:
            commands.problem(f"{name}: {type(error).__name__}: {error}")
    commands.save()
    benchmark.print_table()
    return 1 if commands.result["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
