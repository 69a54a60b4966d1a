"""Whether the device's numbers are right: the doctor, and texts and a perplexity beside those of the processor."""

import hashlib
import os

from .commands import first, parsed

SUBJECTS = (
    *("The king", "My dream", "A letter from London", "She said that nobody", "Why"),
    *("All the world's a stage, and", "O", "In the year of"),
)
VERBS = (
    *("is", "was not, and", "had come to", "will never", "speaks of", "goes"),
    *("and the old man who stood there", "must"),
)
SCORED = "My dream is that one day the king will come home, and that nobody in London says that he was not a good man."
OTHER_BATCHES = (7, 1)


class Correctness:
    """The parts that compare numbers."""

    def __init__(self, commands, device, scratch):
        """Take the number of the device as the program has it."""
        self.commands, self.options, self.result = commands, commands.options, commands.result
        self.device, self.scratch, self.precisions = device, scratch, commands.options.precisions.split(",")

    def doctor(self):
        """Compare every kernel of every family with the host's numbers."""
        limit = max(10, int(self.commands.left() * 0.5))  # it may take long to build what is begun within it
        asked = ["--device", self.device, "--time-limit", limit, "--format", "json"]
        reports = first(self.commands.ours("doctor", *asked, accepts=(0, 5)), [])
        for report in reports:
            self.result["doctor"] = report
            if not report["right"]:
                self.commands.problem("doctor: wrong: " + ", ".join(report["wrong"]))
            if report.get("left_out"):
                self.commands.problem(f"doctor: {report['left_out']} checks were left out for want of time")

    def hashes(self):
        """Check that the demo model's texts do not depend on the batch size, and agree with those of `--device cpu`."""
        prompts = os.path.join(self.scratch, "prompts.txt")
        with open(prompts, "w") as file:
            file.writelines(f"{subject} {verb}\n" for subject in SUBJECTS for verb in VERBS)
        reference = self.texts(prompts, "cpu", "fp32", 64)
        rows = {}
        for precision in dict.fromkeys(["fp32", *self.precisions]):
            texts = self.texts(prompts, self.device, precision, 64)
            row = {"device": self.device, "precision": precision, "hash": {"64": digest(texts)}}
            if len(texts) != 64 or len(reference) != 64:
                continue  # which is a problem already
            row["texts_as_by_cpu"] = sum(x == y for x, y in zip(texts, reference))
            if precision == "fp32" and row["texts_as_by_cpu"] < 60:
                self.commands.problem(f"only {row['texts_as_by_cpu']} of 64 texts in fp32 are those of the CPU")
            rows[precision] = row
            self.result["correctness"].append(row)
        self.compare_perplexity()
        for precision, row in reversed(rows.items()):
            for batch in OTHER_BATCHES:
                row["hash"][str(batch)] = digest(self.texts(prompts, self.device, precision, batch))
            row["same_for_all_batches"] = len(set(row["hash"].values())) == 1
            if not row["same_for_all_batches"]:
                self.commands.problem(f"the texts of {precision} depend on the batch size")

    def compare_perplexity(self):
        """Keep the perplexity of a sentence in fp32 on both."""
        scores = {device: self.perplexity(device) for device in ("cpu", self.device)}
        if not all(scores.values()):
            return
        difference = abs(scores[self.device] / scores["cpu"] - 1)
        self.result["correctness"].append({"perplexity": scores, "relative_difference": difference})
        if difference > 1e-4:
            self.commands.problem(f"the perplexity differs from the CPU's by {difference:.1e}")

    def texts(self, prompts, device, precision, batch):
        """Return the texts that a device writes after the prompts of a file, `batch` at a time."""
        files = ["--in", prompts, "--text", "--out", "-", "--ordered"]
        choice = ["--greedy", "--ignore-eos", "--max-new-tokens", 24, "--batch-size", batch]
        written = self.commands.ours("batch", *files, "--device", device, "--precision", precision, *choice, limit=40)
        return [line.get("text") for line in parsed(written)]

    def perplexity(self, device):
        """Return the perplexity of a sentence in fp32, or None."""
        options = ["--device", device, "--precision", "fp32", "--format", "json"]
        return first(self.commands.ours("score", SCORED, *options, limit=30), {}).get("perplexity")


def digest(texts):
    """Return a short hash of texts."""
    return hashlib.sha256("\n".join(map(str, texts)).encode()).hexdigest()[:16]
