"""llama.cpp, by llama-cpp-python."""

import os
import sys
import time


class Llama:
    """llama.cpp through its C interface: one context a run, and a greedy choice on the host."""

    def __init__(self, kind, options):
        """Load the file of a type, such as `f16`, `q8_0` or `q4_k_m`, which `+lookup` may follow."""
        import llama_cpp
        import numpy

        kind, _, self.speculation = kind.partition("+")
        self.library, self.numpy = llama_cpp, numpy
        self.threads, self.vocabulary = options.threads, options.vocabulary
        self.quiet = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.quiet, None)
        llama_cpp.llama_backend_init()
        self.path = os.path.join(options.cache, f"{options.name}-{kind}.gguf")
        if not os.path.exists(self.path):
            sys.exit(f"{self.path} is missing: make it with llama.cpp's convert_hf_to_gguf.py and llama-quantize")
        if self.speculation == "lookup":
            from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

            draft = LlamaPromptLookupDecoding(num_pred_tokens=10)
            threads = dict(n_threads=self.threads, n_threads_batch=self.threads)
            self.speculating = llama_cpp.Llama(self.path, n_ctx=0, draft_model=draft, verbose=False, **threads)
        else:
            parameters = llama_cpp.llama_model_default_params()
            self.model = llama_cpp.llama_model_load_from_file(self.path.encode(), parameters)

    def run(self, task):
        """Return the seconds of a task."""
        return self.run_speculating(task) if self.speculation else self.run_plainly(task)

    def run_speculating(self, task):
        """Return the seconds of one sequence whose next tokens are looked up in its text, by its class in Python."""
        start = time.perf_counter()
        self.speculating.reset()
        tokens = self.speculating.generate(task.prompts[0], temp=0, top_k=1, repeat_penalty=1.0)
        for _ in range(task.news[0]):
            next(tokens)
        return time.perf_counter() - start

    def run_plainly(self, task):
        """Return the seconds of sequences of equal length."""
        library, count, new = self.library, len(task.prompts), task.news[0]
        length = len(task.prompts[0])
        p = library.llama_context_default_params()
        p.n_ctx, p.n_batch, p.n_ubatch = max(1024, count * (length + new)), 2048, 512 if new else 1024
        p.n_seq_max, p.n_threads, p.n_threads_batch, p.kv_unified = count, self.threads, self.threads, True
        context = library.llama_init_from_model(self.model, p)
        samplers = [self.sampler(task.options(1)) for _ in range(count)] if task.options(1) else []

        def decode(rows):
            batch = library.llama_batch_init(len(rows), 0, 1)
            batch.n_tokens = len(rows)
            for i, (token, position, sequence, wanted) in enumerate(rows):
                batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, wanted
                batch.seq_id[i][0] = sequence
            if library.llama_decode(context, batch):
                sys.exit("llama_decode failed")
            library.llama_batch_free(batch)

        start = time.perf_counter()
        rows = [(t, i, s, int(i == length - 1)) for s, prompt in enumerate(task.prompts) for i, t in enumerate(prompt)]
        for first in range(0, len(rows), 2048):
            decode(rows[first : first + 2048])
        tokens = [1] * count
        for n in range(new - 1):
            decode([(tokens[s], length + n, s, 1) for s in range(count)])
            if samplers:
                tokens = [library.llama_sampler_sample(sampler, context, s) for s, sampler in enumerate(samplers)]
                continue
            shape = (count, self.vocabulary)
            logits = self.numpy.ctypeslib.as_array(library.llama_get_logits(context), shape=shape)
            tokens = logits.argmax(1).tolist()
        library.llama_get_logits(context)[0]
        elapsed = time.perf_counter() - start
        for sampler in samplers:
            library.llama_sampler_free(sampler)
        library.llama_free(context)
        return elapsed

    def sampler(self, options):
        """Return llama.cpp's chain of those options that it has; it forbids no n-grams."""
        library = self.library
        chain = library.llama_sampler_chain_init(library.llama_sampler_chain_default_params())
        biases = (library.llama_logit_bias * len(options["logit_bias"]))(*options["logit_bias"].items())
        for sampler in (
            library.llama_sampler_init_logit_bias(self.vocabulary, len(biases), biases),
            library.llama_sampler_init_penalties(
                self.vocabulary,
                1024,
                options["repetition_penalty"],
                options["frequency_penalty"],
                options["presence_penalty"],
            ),
            library.llama_sampler_init_greedy(),
        ):
            library.llama_sampler_chain_add(chain, sampler)
        return chain
