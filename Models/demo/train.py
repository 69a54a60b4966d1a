"""Trains the demo model beside this script, or measures it.

  train.py [TEXT]              trains on the first nine tenths of TEXT and writes the model
  train.py [TEXT] --evaluate   bits per byte of the model on the last tenth
  train.py [TEXT] --validate   trains and scores within the first nine tenths, to choose a recipe; writes nothing

Needs torch, transformers and tokenizers. It counts steps, never seconds, so it can be stopped and continued.
"""

import argparse
import collections
import json
import math
import pathlib
import random
import time

import numpy as np
import tokenizers
import torch
import torch.nn.functional as F
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

HERE = pathlib.Path(__file__).resolve().parent
END = "<|endoftext|>"
VOCABULARY = 2048
CONTEXT = 256
SEED = 1623

# The recipe. --validate shows what a change to it does.
EPOCHS = 10
BATCH = 16
PEAK_RATE = 2e-3
WARM_UP = 50
WEIGHT_DECAY = 0.1
DROPOUT = 0.1
MERGE_DROPOUT = 0.1
END_RATE = 1 / 6

SAMPLING = {"do_sample": True, "min_length": 10, "max_length": 160, "temperature": 1.0, "top_p": 0.95}


def split(text: str) -> tuple[str, str]:
    """The first nine tenths of the text, and the last."""
    data = text.encode()
    cut = len(data) * 9 // 10
    return data[:cut].decode(), data[cut:].decode()


def make_tokenizer(text: str) -> tokenizers.Tokenizer:
    """GPT-2's byte-level BPE, learnt from the text, with END as its last token."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.post_processor = tokenizers.processors.ByteLevel(trim_offsets=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY - 1, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    tokenizer.add_special_tokens([tokenizers.AddedToken(END, special=True, normalized=False)])
    return tokenizer


class MergeDropout:
    """BPE that skips each possible merge with some probability (Provilkov et al. 2020).

    The same text becomes new tokens in every epoch. The tokenizers library has this too, but without a seed.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer, generator: random.Random):
        self.generator = generator
        self.pre_tokenizer = tokenizer.pre_tokenizer
        model = json.loads(tokenizer.to_str())["model"]
        self.ids = model["vocab"]
        self.merges = {}
        for rank, (left, right) in enumerate(model["merges"]):
            self.merges[self.ids[left], self.ids[right]] = rank, self.ids[left + right]

    def words(self, text: str) -> list[list[int]]:
        """The words that merges stay within, as the ids of their bytes."""
        return [[self.ids[byte] for byte in word] for word, _ in self.pre_tokenizer.pre_tokenize_str(text)]

    def encode(self, words: list[list[int]], rate: float) -> list[int]:
        tokens = []
        for word in words:
            word = word.copy()
            while True:
                candidates = [
                    (*self.merges[pair], position)
                    for position, pair in enumerate(zip(word, word[1:]))
                    if pair in self.merges and self.generator.random() >= rate
                ]
                if not candidates:
                    break
                _, merged, position = min(candidates)
                word[position : position + 2] = [merged]
            tokens += word
        return tokens


class Speeches:
    """The text as a stream of tokens that is cut into documents anew in every epoch.

    A document is END and some speeches in a row. Half of them leave out the first speaker's name, so that
    the model can begin with a sentence just as well.
    """

    def __init__(self, text: str, tokenizer: tokenizers.Tokenizer, generator: random.Random):
        self.generator = generator
        self.merging = MergeDropout(tokenizer, generator)
        self.end = tokenizer.token_to_id(END)
        self.gap = tokenizer.encode("\n\n").ids
        self.speeches = []
        for speech in text.strip().split("\n\n"):
            speaker, colon, rest = speech.partition(":\n")
            if not colon or "\n" in speaker:
                speaker, colon, rest = "", "", speech
            # "\n" before a letter is a word of its own, so the parts' words are those of the whole.
            self.speeches.append((self.merging.words(speaker + colon), self.merging.words(rest)))

    def epoch(self, merge_dropout: float) -> np.ndarray:
        stream = [self.end]
        for speaker, rest in self.speeches:
            named = True
            if self.generator.random() < END_RATE:
                stream.append(self.end)
                named = self.generator.random() < 0.5
            elif len(stream) > 1:
                stream += self.gap
            stream += self.merging.encode(speaker + rest if named else rest, merge_dropout)
        return np.array(stream)

    def windows(self, merge_dropout: float) -> np.ndarray:
        """[windows, CONTEXT + 1], shuffled; a quarter of them begin where a document does, as texts do in use."""
        stream = self.epoch(merge_dropout)
        starts = np.arange(self.generator.randrange(CONTEXT), len(stream) - CONTEXT, CONTEXT)
        ends = np.flatnonzero(stream == self.end)
        ends = ends[ends < len(stream) - CONTEXT]
        for index in range(len(starts)):
            if self.generator.random() < 0.25:
                starts[index] = ends[max(np.searchsorted(ends, starts[index], side="right") - 1, 0)]
        self.generator.shuffle(starts)
        return stream[starts[:, None] + np.arange(CONTEXT + 1)]


@torch.inference_mode()
def bits_per_byte(model: GPT2LMHeadModel, tokenizer: tokenizers.Tokenizer, text: str, stride: int) -> float:
    """Minus log2 of the text's probability over its bytes.

    Every token is scored once, in windows of CONTEXT tokens that move on by the stride: after the first
    window a token has at least CONTEXT - stride tokens before it. The first token follows END.
    """
    tokens = torch.tensor(tokenizer.encode(END + text).ids)
    training = model.training
    model.eval()
    nats, scored = 0.0, 1
    while scored < len(tokens):
        stop = min(CONTEXT if scored == 1 else scored + stride, len(tokens))
        start = max(0, stop - CONTEXT)
        window = tokens[start:stop]
        logits = model(window[None]).logits[0].double()
        losses = F.cross_entropy(logits[:-1], window[1:], reduction="none")
        nats += losses[scored - start - 1 :].sum().item()
        scored = stop
    model.train(training)
    return nats / math.log(2) / len(text.encode())


class Muon(torch.optim.Optimizer):
    """Gradient descent by orthogonalized momentum (Jordan et al. 2024), for the layers' matrices.

    PyTorch's own multiplies in bf16, which is slower than fp32 on most CPUs. The update is scaled to the size
    that AdamW's would have (Liu et al. 2025), so that both share a rate.
    """

    def __init__(self, matrices, lr: float, weight_decay: float, momentum: float = 0.95):
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape = collections.defaultdict(list)
            for matrix in group["params"]:
                velocity = self.state[matrix].setdefault("velocity", torch.zeros_like(matrix))
                velocity.lerp_(matrix.grad, 1 - group["momentum"])
                update = matrix.grad.lerp(velocity, group["momentum"])
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                # The query, key and value matrices are one tensor [C, 3C], and three matrices.
                parts = 3 if matrix.shape[1] == 3 * matrix.shape[0] else 1
                for target, part in zip(matrix.chunk(parts, 1), update.chunk(parts, 1)):
                    if target.shape[0] > target.shape[1]:
                        target, part = target.T, part.T
                    by_shape[part.shape].append((target, part))
            for shape, pairs in by_shape.items():
                updates = orthogonalize(torch.stack([part for _, part in pairs]))
                for (target, _), update in zip(pairs, updates):
                    target.sub_(update, alpha=group["lr"] * 0.2 * max(shape) ** 0.5)


def orthogonalize(x: torch.Tensor) -> torch.Tensor:
    """The nearest matrices [N, rows <= columns] with singular values of about 1, by five Newton-Schulz steps."""
    x = x / x.norm(dim=(1, 2), keepdim=True)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x


def make_optimizers(model) -> list[torch.optim.Optimizer]:
    layers = [p for p in model.transformer.h.parameters() if p.dim() == 2]
    embeddings = [model.transformer.wte.weight, model.transformer.wpe.weight]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": embeddings, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
    return [
        Muon(layers, PEAK_RATE, WEIGHT_DECAY),
        torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.98), fused=True),
    ]


def train(text: str, tokenizer: tokenizers.Tokenizer, after_epoch) -> GPT2LMHeadModel:
    end = tokenizer.token_to_id(END)
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=256, n_layer=4, n_head=4,
        # PyTorch's fused form of gelu_new; attention's dropout would lose the fused attention.
        activation_function="gelu_pytorch_tanh", attn_pdrop=0.0, embd_pdrop=DROPOUT, resid_pdrop=DROPOUT,
        bos_token_id=end, eos_token_id=end)
    model = GPT2LMHeadModel(config).train()
    optimizers = make_optimizers(model)
    speeches = Speeches(text, tokenizer, random.Random(SEED))

    # The last epoch, without dropped merges, has the fewest windows.
    steps_an_epoch = len(speeches.windows(0)) // BATCH
    steps = EPOCHS * steps_an_epoch

    def rate(step: int) -> float:
        warm = min(1.0, (step + 1) / WARM_UP)
        return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))

    schedules = [torch.optim.lr_scheduler.LambdaLR(optimizer, rate) for optimizer in optimizers]
    began = time.monotonic()
    for epoch in range(EPOCHS):
        # The tokens become the tokenizer's own towards the end, so that no probability is kept for others.
        merge_dropout = MERGE_DROPOUT * (1 - epoch / max(1, EPOCHS - 1))
        windows = torch.from_numpy(speeches.windows(merge_dropout))
        total = 0.0
        for step in range(steps_an_epoch):
            batch = windows[step * BATCH : (step + 1) * BATCH]
            logits = model(batch[:, :-1], use_cache=False).logits
            loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
            model.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer, schedule in zip(optimizers, schedules):
                optimizer.step()
                schedule.step()
            total += loss.item()
        minutes = (time.monotonic() - began) / 60
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {total / steps_an_epoch:.3f}, {minutes:.1f} min", flush=True)
        after_epoch(model)
    return model


def save(model: GPT2LMHeadModel, tokenizer: tokenizers.Tokenizer, folder: pathlib.Path):
    end = model.config.eos_token_id
    model.config.activation_function = "gelu_new"
    # Read by transformers until 4.x, by 5 no more: there the same values come from generation_config.json.
    model.config.task_specific_params = {"text-generation": {**SAMPLING, "prefix": END}}
    model.generation_config = GenerationConfig(bos_token_id=end, eos_token_id=end, **SAMPLING)
    model.half().save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    settings = {
        "tokenizer_class": "GPT2TokenizerFast", "model_max_length": CONTEXT, "add_prefix_space": False,
        "bos_token": END, "eos_token": END, "unk_token": END, "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = HERE.parent.parent.parent / "shared/data/text/tinyshakespeare.txt"
    parser.add_argument("text", nargs="?", type=pathlib.Path, default=default)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--evaluate", action="store_true")
    mode.add_argument("--validate", action="store_true")
    parser.add_argument("--stride", type=int, default=64, help="tokens between windows when scoring")
    options = parser.parse_args()
    if not 0 < options.stride < CONTEXT:
        parser.error(f"--stride must be from 1 to {CONTEXT - 1}, so that every token has one before it")

    torch.set_num_threads(2)
    torch.manual_seed(SEED)
    training, held_out = split(options.text.read_text())
    if options.validate:
        training, held_out = split(training)

    if not options.evaluate:
        tokenizer = make_tokenizer(training)

        def validate(model):
            if options.validate:
                score = bits_per_byte(model, tokenizer, held_out, options.stride)
                print(f"  {score:.4f} bits per byte on the validation slice", flush=True)

        model = train(training, tokenizer, validate)
        if options.validate:
            return
        save(model, tokenizer, HERE)

    # What was written, not what was trained: the weights have gone through fp16.
    model = GPT2LMHeadModel.from_pretrained(HERE, dtype=torch.float32)
    tokenizer = tokenizers.Tokenizer.from_file(str(HERE / "tokenizer.json"))
    score = bits_per_byte(model, tokenizer, held_out, options.stride)
    print(f"{score:.4f} bits per byte on the last tenth, {len(held_out.encode())} bytes (stride {options.stride})")


if __name__ == "__main__":
    main()
