"""Spark: workers killed."""

import datetime
import importlib.util
import os
import shutil
import signal
import sys
import unittest

from support import EXAMPLES, OPTIONS, RecipeTests, load

HAS_SPARK = importlib.util.find_spec("pyspark") and shutil.which("java")


@unittest.skipUnless(HAS_SPARK, "pyspark or Java is not here")
class SparkTests(RecipeTests):
    """Examples/spark, on two processors of one machine."""

    def test_tasks_are_tried_again(self):
        """Two tasks lose their workers."""
        recipe = self.submit("local[2,4]")
        killed = self.hit(recipe)
        self.hit(recipe, but=[killed])
        self.check_texts(recipe)

    def test_a_slow_task_is_doubled(self):
        """A worker stands still: its task is begun again on another host, and the rows are those of the second."""
        master = self.spark("spark-class", "org.apache.spark.deploy.master.Master", *"--port 0 --webui-port 0".split())
        address = self.await_line(master, r"Starting Spark master at (\S+)")
        for host in ("127.0.0.2", "127.0.0.3"):  # a task is never doubled on the host that has it
            self.environment["SPARK_LOCAL_IP"] = host
            options = f"--host {host} --webui-port 0 --cores 1 --memory 1g --work-dir {self.path(host)}".split()
            self.spark("spark-class", "org.apache.spark.deploy.worker.Worker", *options, address)
        eager = {"": "true", ".interval": "100ms", ".quantile": "0.5", ".multiplier": "1.1"}
        recipe = self.submit(address, **{"spark.speculation" + name: value for name, value in eager.items()})
        self.hit(recipe, signal.SIGSTOP)
        self.check_texts(recipe)

    def submit(self, master, **settings):
        """Starts the recipe with four partitions."""
        settings["spark.ui.enabled"] = "false"
        options = [f"--conf={name}={value}" for name, value in settings.items()]
        recipe = [EXAMPLES + "/spark/gpt2_gpu_spark.py", "prompts.jsonl", "texts", "--partitions", "4", *OPTIONS]
        return self.spark("spark-submit", "--master", master, *options, *recipe)

    def spark(self, program, *arguments):
        """Starts one of Spark's programs, which have little to do."""
        java = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
        usual = {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1", "JAVA_TOOL_OPTIONS": java}
        self.environment = usual | self.environment
        return self.start(os.path.join(os.path.dirname(sys.executable), program), *arguments)

    def check_texts(self, recipe):
        """Waits for its end, and compares the rows."""
        import pyarrow.parquet as parquet

        self.finish(recipe)
        self.check_rows(parquet.read_table(self.path("texts")).to_pylist())

    def write(self, *items, options=OPTIONS):
        """The rows of a partition, written without Spark."""
        import pyarrow as pa

        schema = pa.schema([("id", pa.string()), ("text", pa.string())])
        write = load("spark/gpt2_gpu_spark.py").writer(options, schema)
        batches = (pa.RecordBatch.from_pylist([item]) for item in items)
        return [row for batch in write(batches) for row in batch.to_pylist()]

    def test_no_row_is_lost(self):
        """What cannot be given ends the task, with its reason; so does a result that does not come."""
        item = {"id": "a", "prompt": "My dream is", "max_new_tokens": 4}
        self.program()
        self.assertEqual([row["id"] for row in self.write(item, item | {"id": "b"})], ["a", "b"])
        with self.assertRaisesRegex(TypeError, "datetime"):
            self.write(item, item | {"created_at": datetime.datetime(2024, 1, 1)})
        with self.assertRaisesRegex(RuntimeError, "ended with 4"):
            self.write(item, options=["--model", self.folder])
        self.program("sed 1d")
        with self.assertRaisesRegex(RuntimeError, "was given 2 rows, and wrote 1"):
            self.write(item, item | {"id": "b"})
