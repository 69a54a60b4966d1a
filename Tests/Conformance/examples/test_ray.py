"""Ray Data: an actor and a worker killed."""

import datetime
import glob
import importlib.util
import json
import os
import signal
import sys
import unittest

from support import EXAMPLES, OPTIONS, RecipeTests, load


@unittest.skipUnless(importlib.util.find_spec("ray"), "ray is not here")
class RayTests(RecipeTests):
    """Examples/ray."""

    def test_an_actor_is_killed(self):
        """Another takes its place, and its blocks; so it is where the actor's process of gpt2-gpu dies."""
        command = [sys.executable, EXAMPLES + "/ray/gpt2_gpu_ray.py", "prompts.jsonl", "texts", "--workers", "2"]
        recipe = self.start(*command, "--blocks", "10", *OPTIONS)
        worker = self.hit(recipe, signal.SIGSTOP)  # so that it is the actor's still
        with open(f"/proc/{worker}/stat") as file:
            actor = int(file.read().rsplit(")", 1)[1].split()[1])
        with open(f"/proc/{actor}/cmdline") as file:
            self.assertIn("MapWorker", file.read())
        os.kill(actor, signal.SIGKILL)
        os.kill(worker, signal.SIGKILL)
        self.hit(recipe, but=[worker])
        self.finish(recipe)
        rows = []
        for path in glob.glob(self.path("texts/*.json")):
            with open(path) as file:
                rows += map(json.loads, file)
        self.check_rows(rows)

    def test_what_cannot_be_given(self):
        """It ends the job with its reason, rather than be waited for."""
        import pyarrow as pa

        self.program()
        writer = load("ray/gpt2_gpu_ray.py").Writer(OPTIONS)
        items = [{"id": number, "prompt": "My dream is", "max_new_tokens": 4} for number in range(3)]
        self.assertEqual(writer(pa.Table.from_pylist(items))["id"].to_pylist(), [0, 1, 2])
        items = [item | {"day": datetime.date(2024, 1, 1)} for item in items]
        with self.assertRaisesRegex(TypeError, "date"):
            writer(pa.Table.from_pylist(items))
