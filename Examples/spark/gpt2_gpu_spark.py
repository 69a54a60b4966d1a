#!/usr/bin/env python3
"""Continues a table of prompts with Spark: each partition runs through a 'gpt2-gpu batch' of its own.

  spark-submit gpt2_gpu_spark.py prompts.parquet texts.parquet --partitions 64 --model ORG/NAME --seed 7

Reads Parquet, or JSON Lines where the name says so, with columns "id", "prompt" and any option of batch; writes Parquet
with columns "id", "text", "tokens", "finish_reason", "sequences" (all texts of an item that has several) and "error".
All other options are for gpt2-gpu batch; give a seed: then a task that is tried again, or twice at the same
time, writes the same rows.
"""

import argparse
import json
import subprocess
import threading

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

TEXT = "text: string, tokens: long, finish_reason: string"
ERROR = "type: string, message: string, retry: boolean"
COLUMNS = f"{TEXT}, sequences: array<struct<{TEXT}>>, error: struct<{ERROR}>"
DONE = (0, 3)  # 3: some items have an error, which is in their rows


def writer(options, schema):
    """What becomes of a partition: a function from its batches of rows to those of the results."""

    def write(batches):
        command = ["gpt2-gpu", "batch", "--in", "-", "--out", "-", *options]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        giver = Giver(batches, process)
        giver.start()
        rows, count = [], 0
        for line in process.stdout:
            rows.append(json.loads(line))
            count += 1
            if len(rows) == 1000:
                yield pa.RecordBatch.from_pylist(rows, schema)
                rows = []
        yield pa.RecordBatch.from_pylist(rows, schema)
        giver.join()
        status = process.wait()
        if giver.error:
            raise giver.error
        if status not in DONE:
            raise RuntimeError(f"gpt2-gpu ended with {status}: see the executor's standard error")
        if count != giver.count:
            raise RuntimeError(f"gpt2-gpu was given {giver.count} rows, and wrote {count}")

    return write


class Giver(threading.Thread):
    """Gives a process the rows as lines, each with the options that it has.

    A thread of its own: the process may wait for somebody to take results before it takes more items.
    """

    def __init__(self, batches, process):
        """Prepares it; an exception of the thread is kept."""
        super().__init__()
        self.batches, self.process, self.count, self.error = batches, process, 0, None

    def run(self):
        """Gives all rows, and then says so by closing the pipe."""
        try:
            for batch in self.batches:
                for row in batch.to_pylist():
                    item = {name: value for name, value in row.items() if value is not None}
                    self.count += 1
                    self.process.stdin.write(json.dumps(item).encode() + b"\n")
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # the process has ended, and its exit code says why
        except Exception as error:  # of any kind: a value that JSON cannot have, or rows that could not be read
            self.error = error
            self.process.kill()  # else it would wait for more, or end as if these were all


def main():
    """Reads, writes with as many processes as the executors have places for, and stores."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("prompts")
    parser.add_argument("texts")
    parser.add_argument("--partitions", type=int, help="how many processes, one after the other or beside each other")
    wanted, options = parser.parse_known_args()
    spark = SparkSession.builder.appName("gpt2-gpu").getOrCreate()
    prompts = (spark.read.json if ".json" in wanted.prompts else spark.read.parquet)(wanted.prompts)
    if wanted.partitions:
        prompts = prompts.repartition(wanted.partitions, "id")
    schema = spark.createDataFrame([], f"id: {prompts.schema['id'].dataType.simpleString()}, {COLUMNS}").schema
    prompts.mapInArrow(writer(options, to_arrow_schema(schema)), schema).write.parquet(wanted.texts)


if __name__ == "__main__":
    main()
