#!/usr/bin/env python3
"""Continues many prompts with Ray Data: a pool of actors, each with one 'gpt2-gpu batch' that stays alive.

  gpt2_gpu_ray.py prompts/ texts/ --workers 8 --gpus 1 --model ORG/NAME --seed 7

Reads JSON Lines {"id", "prompt", any option of batch}, and writes JSON Lines {"id", "text", "tokens", "finish_reason",
"sequences", "error"}, where "sequences" are all texts of an item that has several. All other options are for gpt2-gpu
batch; give a seed, so that a text that is written again is the same.
"""

import argparse
import json
import os
import subprocess
import threading

import pyarrow as pa
import ray


class Writer:
    """An actor: a process that gets a line for each item, and answers with a line for each, in any order."""

    def __init__(self, options):
        """Starts the process; the model is loaded once."""
        self.command = ["gpt2-gpu", "batch", "--in", "-", "--out", "-", *options]
        self.start()

    def start(self):
        """Starts a process of its own for the items that come."""
        self.error = None  # of the thread that gives items
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, items: pa.Table) -> pa.Table:
        """Continues a batch of prompts."""
        results = self.write(items.to_pylist())
        if any(is_repeated(result) for result in results.values()):
            # Ray wants something again that it has lost, and this process has had those ids: a new one has not.
            self.process.stdin.close()
            self.process.wait()
            self.start()
            results = self.write(items.to_pylist())
        rows = [results[str(id)] for id in items["id"].to_pylist()]
        return pa.Table.from_pylist(rows, schema(items.schema.field("id").type))

    def write(self, items):
        """Gives the process the items, and returns its results by their ids."""
        # A thread of its own: the process may wait for somebody to take results before it takes more items.
        thread = threading.Thread(target=self.give, args=[items])
        thread.start()
        lines = [line for _, line in zip(items, self.process.stdout)]
        thread.join()
        if self.error:
            raise self.error
        if len(lines) < len(items):
            status = self.process.wait()
            if status in (2, 4):
                raise RuntimeError(f"gpt2-gpu ended with {status}: it would do so again, so this ends the job")
            os._exit(1)  # the device, the memory, a signal: Ray puts another actor in the place of this one
        results = map(json.loads, lines)
        return {str(result["id"]): result for result in results}

    def give(self, items):
        """Writes the items as lines, each with the options that it has."""
        try:
            for item in items:
                item = {name: value for name, value in item.items() if value is not None}
                self.process.stdin.write(json.dumps(item).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the process has ended, which its results show
        except Exception as error:  # of any kind, as of a value that JSON cannot have
            self.error = error
            self.process.kill()  # else its results would be waited for


def is_repeated(result):
    """Whether a result says that its process has had an item of that id."""
    return (result.get("error") or {}).get("type") == "duplicate_id"


def schema(id_type):
    """The columns of the results; an error stands in the place of a text."""
    error = pa.struct([("type", pa.string()), ("message", pa.string()), ("retry", pa.bool_())])
    text = [("text", pa.string()), ("tokens", pa.int64()), ("finish_reason", pa.string())]
    return pa.schema([("id", id_type), *text, ("sequences", pa.list_(pa.struct(text))), ("error", error)])


def main():
    """Reads, writes with the actors, and stores."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("prompts")
    parser.add_argument("texts")
    parser.add_argument("--workers", type=int, default=1, help="how many actors")
    parser.add_argument("--cpus", type=float, default=1, help="processors of each")
    parser.add_argument("--gpus", type=float, default=0, help="GPUs of each, where there are some")
    parser.add_argument("--blocks", type=int, help="how many an actor takes one after the other, and dies with one")
    wanted, options = parser.parse_known_args()
    files = {"num_cpus": 0}  # else nobody could read while the actors have all processors
    blocks = wanted.blocks or 16 * wanted.workers
    ray.data.read_json(wanted.prompts, override_num_blocks=blocks, ray_remote_args=files).map_batches(
        Writer,
        fn_constructor_args=[options],
        compute=ray.data.ActorPoolStrategy(size=wanted.workers),
        num_cpus=wanted.cpus,
        num_gpus=wanted.gpus,
        batch_size=None,
        batch_format="pyarrow",
    ).write_json(wanted.texts, ray_remote_args=files)


if __name__ == "__main__":
    main()
