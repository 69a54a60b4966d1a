"""How fast the device is: its limits, the kernels by their shapes, whole models beside transformers, and the tuner."""

import importlib.util
import sys

from .commands import first, parsed

# What a row of the sweep keeps of a row of `bench`.
SWEEP_KEYS = (
    *("precision", "batch", "status", "reason", "prefill", "decode", "end_to_end", "time_to_first_token_s"),
    *("step_s", "device_memory_bytes", "hash", "reproduced"),
)


class Speed:
    """The parts that measure time."""

    def __init__(self, commands, device):
        """Take the number of the device as the program has it."""
        self.commands, self.options, self.result, self.device = commands, commands.options, commands.result, device
        self.models = self.options.models.split(",")

    def bench(self, model, *arguments, keep, precisions=None, limit=None):
        """Run `bench`, and call `keep` with each of its rows as it comes: the next one may never end."""
        asked = ["--device", self.device, "--precision", precisions or self.options.precisions, "--greedy"]
        words = ["bench", "run", "--model", model, *asked, "--format", "jsonl", *arguments]

        def take(line):
            for row in parsed(line):
                if not isinstance(row, dict) or "status" not in row:
                    continue
                with self.commands.saving:
                    self.result["machine"].setdefault("limits", row.get("limits"))
                    if row["status"] == "failed":
                        subject = f"{model}, {row['precision']}, batch {row['batch']}"
                        self.commands.problem(f"{subject}: {row['reason']}")
                    keep(row)
                    self.commands.save()

        self.commands.ours(*words, accepts=(0, 3), limit=limit, each=take)

    def limits(self):
        """Measure a launch, with and without a wait, copies, reads, multiply-adds, and a token of the first model."""
        model, precision = self.models[0], self.options.precisions.split(",")[0]
        words = ["--batch", 1, "--prompt-tokens", 8, "--new-tokens", 16, "--repeat", 1]
        self.bench(model, *words, precisions=precision, keep=self.keeper("first_token_rate", model))

    def keeper(self, name, model):
        """Return what keeps a row among the machine's facts."""
        return lambda row: self.result["machine"].update({name: kept(model, row)})

    def kernels(self):
        """Measure each kernel's time by its shape for the first model: what is slow."""
        self.profile(self.models[0], precisions=self.options.precisions.split(",")[0])

    def products(self):
        """Measure the same for the other models and precisions."""
        first_model, *others = self.models
        precisions = self.options.precisions.split(",")
        if precisions[1:]:
            self.profile(first_model, precisions=",".join(precisions[1:]))
        for model in reversed(others):  # the largest matrices say most
            self.profile(model, precisions=self.options.precisions)

    def profile(self, model, precisions):
        """Keep the kernels of steps of as many rows as sequences, and of a prompt."""
        steps = ["--batch", self.options.batches, "--prompt-tokens", 1, "--new-tokens", 9]
        prompt = ["--batch", 1, "--prompt-tokens", 512, "--new-tokens", 1]

        def keep(row):
            rows = row["batch"] * int(row["prompt_tokens"])
            for kernel in row.get("profile", []):
                shape = {"model": model, "precision": row["precision"], "rows": rows}
                self.result["products"].append({**shape, **kernel})

        for works in (steps, prompt):
            self.bench(model, "--repeat", 1, "--warm-up", 1, "--profile", *works, precisions=precisions, keep=keep)

    def sweep(self):
        """Measure the program on every model; a model has at most a share of the time that is left."""
        options = self.options
        words = ["--batch", options.batches, "--prompt-tokens", options.prompt_tokens]
        words += ["--new-tokens", options.new_tokens, "--repeat", options.repeat]
        for index, model in enumerate(self.models):

            def keep(row, model=model):
                if row["status"] == "measured" and not row["reproduced"]:
                    subject = f"{model}, {row['precision']}, batch {row['batch']}"
                    self.commands.problem(f"{subject}: not the same text every time")
                self.result["sweep"].append({"model": model, "engine": "gpt2-gpu", **kept(model, row)})

            self.bench(model, *words, keep=keep, limit=self.commands.left() / (len(self.models) - index) * 1.3)

    def peers(self):
        """Measure transformers on the same work: eager, then compiled with a static cache; a process each."""
        if self.options.skip_peers:
            return
        missing = [name for name in ("torch", "transformers") if not importlib.util.find_spec(name)]
        if missing:
            left_out = f"the peers are left out, for this Python has no {' and no '.join(missing)}"
            self.commands.problem(f"{left_out}; --skip-peers says that it need not")
            return
        options = self.options
        words = ["--batches", options.batches, "--prompt-tokens", options.prompt_tokens]
        words += ["--new-tokens", options.new_tokens, "--repeat", min(2, options.repeat)]

        def keep(line):
            with self.commands.saving:
                self.result["sweep"].extend(parsed(line))
                self.commands.save()

        for kind, share in (("eager", 0.45), ("compiled", 1.0)):
            script = self.commands.here + "/peers.py"
            limit = self.commands.left() * share
            command = [sys.executable, script, options.models, kind, *words, "--time-limit", int(limit * 0.95)]
            # The peers bring their own libraries.
            self.commands.run(command, self.commands.own_environment, limit=limit, each=keep)

    def tune(self):
        """Let the tuner look for better parameters, where the program has one."""
        model, limit = self.models[0], int(self.commands.left() * 0.8)
        if "tune" not in self.commands.ours("--help", limit=20):
            self.result["tune"] = {"status": "this program has no command 'tune'"}
            return
        words = ["--device", self.device, "--model", model, "--time-limit", limit, "--format", "json"]
        found = first(self.commands.ours("tune", *words), None)
        self.result["tune"] = found
        if found is not None:
            words = ["--batch", "1", "--prompt-tokens", 8, "--new-tokens", 64, "--repeat", 1]
            keep = self.keeper("token_rate_after_tuning", model)
            self.bench(model, *words, precisions=self.options.precisions.split(",")[0], keep=keep)


def kept(model, row):
    """Return what is kept of a row of `bench`, with its tokens/s from end to end."""
    found = {"model": model, **{key: row.get(key) for key in SWEEP_KEYS}}
    if row["status"] == "measured":
        found["tokens_per_s"] = row["end_to_end"]["tokens_per_s"]["median"]
    return found
