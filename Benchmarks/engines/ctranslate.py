"""CTranslate2."""

import json
import os
import time


class CTranslate2:
    """CTranslate2 on a model that is converted once."""

    def __init__(self, kind, options):
        """Load the model in a precision that CTranslate2 calls its compute type."""
        import ctranslate2

        folder = os.path.join(options.cache, "ct2-" + options.name)
        if not os.path.exists(folder + "/model.bin"):
            ctranslate2.converters.TransformersConverter(options.model).convert(folder, force=True)
        threads = dict(inter_threads=1, intra_threads=options.threads)
        self.generator = ctranslate2.Generator(folder, device="cpu", compute_type=kind, **threads)
        self.pieces = [None] * options.vocabulary
        with open(options.model + "/vocab.json") as file:
            for piece, token in json.load(file).items():
                self.pieces[token] = piece

    def run(self, task):
        """Return the seconds of a task."""
        choice = dict(sampling_topk=50, sampling_topp=0.95) if task.is_sampled else {}
        if task.beams > 1:
            choice["beam_size"] = task.beams
        processors = task.options(1)  # those of all sequences; it has no biases
        choice |= {name: processors[name] for name in ("repetition_penalty", "no_repeat_ngram_size") if processors}
        start = time.perf_counter()
        for batch in task.batches():
            prompts, new = [[self.pieces[t] for t in task.prompts[i]] for i in batch], task.news[batch[0]]
            if not new:
                self.generator.forward_batch([prompt[:-1] for prompt in prompts])
                continue
            lengths = dict(max_length=new, min_length=new, max_batch_size=len(batch))
            self.generator.generate_batch(prompts, include_prompt_in_result=False, **lengths, **choice)
        return time.perf_counter() - start
