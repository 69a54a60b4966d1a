#!/usr/bin/env python3
"""Trains small tokenizers of every kind that is supported, and writes what the real `tokenizers` makes of texts.

    make_relatives.py                          the few in Fixtures/relatives, with 200 texts each
    make_relatives.py FOLDER --strings 10000   all of them, into another folder; then compare by

    GPT2_GPU_TOKENIZERS=FOLDER swift test --filter RelativesTests

Needs `pip install tokenizers`. Each tokenizer is a folder with tokenizer.json, tokenizer_config.json and hashes.txt:
for every hundred texts of RandomText, the FNV-1a hash of their ids, and that of the texts of random ids.
"""

import argparse
import json
from pathlib import Path

from make_fixture import HERE, fnv1a, fragments, sequence, string
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SENTENCES = """The king said that he would go to the house, and they did not know what it's for;
don't they've 12 or 345?
I'm here: we'll see, you're right. A naïve café on the straße, İstanbul, ΣΊΣΥΦΟΣ, ﬁne ½ ② ａｂｃ １２３ 2024-10-31
'quoted' text !
这是很久之前的事情了。今天天气很好，我们去公园玩吧！ 日本語の文章もあります、カタカナとひらがな。 한국어 문장도 있습니다.
Привет, как дела? Это хорошо — очень. הם לא יודעים مرحبا بالعالم हिन्दी में वाक्य""".splitlines()
GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
    r"|\s+(?!\S)|\s"
)
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{SHORT}|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{SHORT}|\p{{N}}{{1,3}}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
ALPHABET = list(fragments())
CORPUS = SENTENCES * 20 + [string(seed, ALPHABET) for seed in range(20_000, 21_000)]


def made(tokenizer, trainer, normalizer=None, pre=None, decoder=None, post=None, corpus=CORPUS):
    """A trained tokenizer."""
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre:
        tokenizer.pre_tokenizer = pre
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.train_from_iterator(corpus, trainer)
    if post:
        tokenizer.post_processor = post
    return tokenizer


def without_added_bytes(tokenizer, **model):
    """Byte tokens are pieces, not added tokens; `model` has more members of the model."""
    root = json.loads(tokenizer.to_str())
    root["added_tokens"] = [token for token in root["added_tokens"] if token["id"] < 3]
    root["model"] |= model
    return Tokenizer.from_str(json.dumps(root))


def byte_level(normalizer=None, pre=None, post=None, alphabet=True, **options):
    trainer = trainers.BpeTrainer(
        vocab_size=420, show_progress=False, special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet else [])
    pre = pre or pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made(Tokenizer(models.BPE(**options)), trainer, normalizer, pre, decoders.ByteLevel(), post)


def before_bytes(*steps):
    """Pre-tokenizers, and the byte alphabet behind them."""
    return pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def characters(pre, normalizer=None, decoder=None, special=(), trainer=None, **options):
    """Byte-pair encoding of characters."""
    special = ["<unk>", "<s>", "</s>", *special]
    trainer = trainers.BpeTrainer(
        vocab_size=600, show_progress=False, special_tokens=special, limit_alphabet=250, **(trainer or {}))
    tokenizer = made(Tokenizer(models.BPE(unk_token="<unk>", **options)), trainer, normalizer, pre, decoder)
    return without_added_bytes(tokenizer)


def llama():
    return characters(
        pre_tokenizers.Split("▁", "merged_with_next"),
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        decoders.Sequence([
            decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
        BYTES, byte_fallback=True, fuse_unk=True)


def unigram(pre, normalizer=None, decoder=None, special=(), **model):
    special = ["<unk>", "<s>", "</s>", *special]
    trainer = trainers.UnigramTrainer(
        vocab_size=700, show_progress=False, special_tokens=special, unk_token="<unk>")
    tokenizer = made(Tokenizer(models.Unigram()), trainer, normalizer, pre, decoder, corpus=SENTENCES * 20)
    return without_added_bytes(tokenizer, **model)


def word_piece(normalizer=None, pre=None, cleanup=True):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=500, show_progress=False, special_tokens=special, limit_alphabet=250)
    return made(
        Tokenizer(models.WordPiece(unk_token="[UNK]")), trainer, normalizer or normalizers.BertNormalizer(),
        pre or pre_tokenizers.BertPreTokenizer(), decoders.WordPiece(cleanup=cleanup),
        processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]))


def word_level():
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>"], show_progress=False)
    return made(Tokenizer(models.WordLevel(unk_token="<unk>")), trainer, pre=pre_tokenizers.Whitespace())


def every_normalizer():
    return normalizers.Sequence([
        normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace("th", "TH"),
        normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()])


B, N, P = pre_tokenizers.ByteLevel, normalizers, pre_tokenizers
FEW = {
    "normalized": lambda: byte_level(every_normalizer()),
    "patterns": lambda: byte_level(N.NFD(), before_bytes(split(CL100K), P.Digits(individual_digits=True))),
    "characters": llama,
    "wordpiece": word_piece,
    "unigram": lambda: unigram(P.Metaspace(), N.NFKC(), decoders.Metaspace()),
}
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
ALL = FEW | {
    "nfc": lambda: byte_level(N.NFC()),
    "nfd": lambda: byte_level(N.NFD()),
    "nfkc": lambda: byte_level(N.NFKC()),
    "nfkd": lambda: byte_level(N.NFKD()),
    "lowercase": lambda: byte_level(N.Lowercase()),
    "accents": lambda: byte_level(N.Sequence([N.NFD(), N.StripAccents()])),
    "prepend": lambda: byte_level(N.Prepend("▁x")),
    "nmt": lambda: byte_level(N.Nmt()),
    "byte normalizer": lambda: byte_level(N.ByteLevel(), P.Whitespace()),
    "no pattern": lambda: byte_level(pre=B(add_prefix_space=True, use_regex=False)),
    "prefix space": lambda: byte_level(pre=B(add_prefix_space=True)),
    "digits": lambda: byte_level(pre=P.Sequence([P.Digits(), B(add_prefix_space=True)])),
    "gpt4": lambda: byte_level(N.NFC(), before_bytes(split(GPT4))),
    "o200k": lambda: byte_level(pre=before_bytes(split(O200K))),
    "inverted": lambda: byte_level(pre=before_bytes(split(r"\w+|[^\w\s]+", "removed", True))),
    **{f"behavior {name}": lambda name=name: byte_level(pre=before_bytes(split(r"\s|[aeiou]{1,2}", name)))
       for name in BEHAVIORS},
    "empty matches": lambda: byte_level(pre=before_bytes(split(r"(?=[A-Z])|(?<=[0-9])(?=[a-z])|\b"))),
    "lazy": lambda: byte_level(pre=before_bytes(split(r"(?:a.*?e|[^aeiou\s]{2,4}?|(?i:th)(?:e|is)?|\d{2})+"))),
    "scripts": lambda: byte_level(
        pre=before_bytes(split(r"[\p{Han}\p{Hiragana}\p{Katakana}]|\p{Hangul}+|[^\W\d_]+|\P{L}{1,5}"))),
    "sets": lambda: byte_level(pre=before_bytes(split(r"^.|.$|[\x{4E00}-\x{9FFF}]+|\u0041[\-\]x]?|[^\n\t]"))),
    "punctuation": lambda: byte_level(pre=P.Sequence([P.Punctuation(), B(False)])),
    "whitespace": lambda: byte_level(pre=P.Sequence([P.Whitespace(), B(True)])),
    "whitespace split": lambda: byte_level(pre=P.Sequence([P.WhitespaceSplit(), B(False)])),
    "delimiter": lambda: byte_level(pre=P.Sequence([P.CharDelimiterSplit("e"), B(False)])),
    "fixed length": lambda: byte_level(pre=P.Sequence([P.FixedLength(5), B(False)])),
    "ignored merges": lambda: byte_level(pre=before_bytes(split(GPT4)), ignore_merges=True),
    "few bytes": lambda: byte_level(alphabet=False),
    "template": lambda: byte_level(
        post=processors.TemplateProcessing(
            single="<|endoftext|> $A <|endoftext|>", special_tokens=[("<|endoftext|>", 0)])),
    "words": lambda: characters(P.Whitespace()),
    "fused unknown": lambda: characters(P.Whitespace(), fuse_unk=True),
    "word ends": lambda: characters(
        P.WhitespaceSplit(), None, decoders.BPEDecoder(), trainer={"end_of_word_suffix": "</w>"},
        end_of_word_suffix="</w>"),
    "continuations": lambda: characters(
        P.BertPreTokenizer(), N.BertNormalizer(), decoders.WordPiece(), trainer={"continuing_subword_prefix": "##"},
        continuing_subword_prefix="##"),
    "metaspace": lambda: characters(
        P.Metaspace(prepend_scheme="first"), N.NFKC(), decoders.Metaspace(prepend_scheme="first")),
    "byte fallback": lambda: characters(
        P.Metaspace(), N.NFKC(), decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]), BYTES,
        byte_fallback=True),
    "cased": lambda: word_piece(N.BertNormalizer(lowercase=False)),
    "bert options": lambda: word_piece(
        N.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False),
        cleanup=False),
    "wordpiece of words": lambda: word_piece(N.NFKC(), P.Whitespace()),
    "unigram first": lambda: unigram(
        P.Metaspace(prepend_scheme="first"), None, decoders.Metaspace(prepend_scheme="first")),
    "unigram never": lambda: unigram(
        P.Metaspace(prepend_scheme="never", split=False), N.Nmt(), decoders.Metaspace(prepend_scheme="never")),
    "unigram words": lambda: unigram(
        P.Sequence([P.WhitespaceSplit(), P.Metaspace()]),
        N.Sequence([N.NFKC(), N.Replace(Regex(" {2,}"), " ")]), decoders.Metaspace()),
    "unigram bytes": lambda: unigram(
        P.Metaspace(), None, decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]), BYTES,
        byte_fallback=True),
    "word level": word_level,
}


def hashes(tokenizer, count):
    """A line for every hundred texts: the hash of their ids, and of the texts of random ids."""
    size = tokenizer.get_vocab_size()
    for start in range(0, count, 100):
        ids, texts = b"", b""
        for seed in range(start, start + 100):
            tokens = tokenizer.encode(string(seed, ALPHABET)).ids
            ids += b"".join(token.to_bytes(4, "little") for token in [*tokens, 0xFFFFFFFF])
            random = [token % size for token in sequence(seed)] + tokens
            texts += tokenizer.decode(random, skip_special_tokens=True).encode() + b"\xff"
        yield f"{fnv1a(ids).hex()} {fnv1a(texts).hex()}\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--strings", type=int, default=200)
    options = parser.parse_args()
    for name, make in (ALL if options.folder else FEW).items():
        folder = (options.folder or HERE / "relatives") / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer = make()
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}\n')
        (folder / "hashes.txt").write_text("".join(hashes(tokenizer, options.strings)))


main()
