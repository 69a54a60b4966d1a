"""transformers."""

import time


class Transformers:
    """The generate() of transformers, eager."""

    def __init__(self, kind, options):
        """Load the model in a precision, `fp32` or `bf16`, which `+lookup` may follow."""
        import torch
        from transformers import GPT2LMHeadModel

        kind, _, self.speculation = kind.partition("+")
        torch.set_num_threads(options.threads)
        self.torch = torch
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[kind]
        self.model = GPT2LMHeadModel.from_pretrained(options.model, dtype=dtype).eval()

    def run(self, task):
        """Return the seconds of a task."""
        torch = self.torch
        choice = dict(do_sample=False)
        if task.is_sampled:
            choice = dict(do_sample=True, top_k=50, top_p=0.95, temperature=1.0)
        if task.beams > 1:
            choice["num_beams"] = task.beams
        if self.speculation == "lookup":
            choice["prompt_lookup_num_tokens"] = 10
        processors = task.options(1)  # those of all sequences
        choice |= {name: processors[name] for name in ("repetition_penalty", "no_repeat_ngram_size") if processors}
        if processors:
            choice["sequence_bias"] = {(token,): bias for token, bias in processors["logit_bias"].items()}
        start = time.perf_counter()
        with torch.inference_mode():
            for batch in task.batches():
                width, new = max(len(task.prompts[i]) for i in batch), task.news[batch[0]]
                x = torch.tensor([[0] * (width - len(task.prompts[i])) + task.prompts[i] for i in batch])
                mask = torch.tensor([[0] * (width - len(task.prompts[i])) + [1] * len(task.prompts[i]) for i in batch])
                if new:
                    lengths = dict(max_new_tokens=new, min_new_tokens=new)
                    self.model.generate(x, attention_mask=mask, pad_token_id=0, **lengths, **choice)
                else:
                    self.model(x, logits_to_keep=1)
        return time.perf_counter() - start
