"""Processes that end, and several at the same time."""

import os
import random
import resource
import shutil
import signal
import subprocess
import time
import unittest

from support import CDN, SIZE, PullTestCase, hub


class ProcessTests(PullTestCase):
    """Ends, and others at the same time."""

    def wait_for_partial(self, process, count):
        """Wait until the weights' partial file has so many bytes."""
        while process.poll() is None:
            sizes = [path.stat().st_size for path in self.cache.glob("*/blobs/*.incomplete") if len(path.name) > 60]
            if sizes and max(sizes) >= count:
                return
            time.sleep(0.005)
        self.fail(f"it ended before: {process.communicate()}")

    def test_kill_at_random_bytes(self):
        """Twenty times: every byte is sent once."""
        marks = sorted(random.sample(range(1, SIZE), 20))
        hub.take_log()
        for before, mark in zip([0, *marks], marks):
            hub.set_faults(f"stall={mark - before},{CDN}")
            process = self.start("pull", "acme/demo")
            self.wait_for_partial(process, mark)
            process.kill()
            process.communicate()
        sent = self.sent(hub.take_log())
        _, _, log = self.pull("acme/demo")
        self.check_whole()
        self.assertEqual(sent + self.sent(log), SIZE)

    def test_signals(self):
        """An interrupt ends it at once, with its status, and what came stays."""
        for number in (signal.SIGINT, signal.SIGTERM):
            for command in (["pull", "acme/demo"], ["bench", "--model", "acme/demo", "--device", "cpu"]):
                hub.set_faults(f"stall=1000000,{CDN}")
                process = self.start(*command)
                self.wait_for_partial(process, 1000000)
                process.send_signal(number)
                _, errors = process.communicate(timeout=5)
                self.assertEqual("what has come is kept" in errors, command[0] == "pull")
                self.assertEqual(process.returncode, 128 + number)
                self.assertTrue([blob for blob in self.blobs() if blob.endswith(".incomplete")])
                shutil.rmtree(self.cache)

    def test_two_at_once(self):
        """One waits for the other, and nothing comes twice."""
        hub.set_faults(f"slow=15000000,{CDN}")
        processes = [self.start("pull", "acme/demo") for _ in range(2)]
        for process in processes:
            output, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, errors)
        self.check_whole()
        self.assertEqual(self.sent(hub.take_log()), SIZE)

    def test_many_at_once(self):
        """Sixty-four begin with an empty cache: all succeed, and nothing comes twice."""
        processes = [self.start("pull", "acme/demo") for _ in range(64)]
        for process in processes:
            _, errors = process.communicate(timeout=100)
            self.assertEqual(process.returncode, 0, errors)
        self.check_whole()
        self.assertEqual(self.sent(hub.take_log()), SIZE)

    def test_limit_of_file_size(self):
        """As a full disk, in the middle; then it goes on."""
        limit = 3_000_000

        def lower():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        self.pull("acme/demo", status=6, preexec_fn=lower)
        _, _, log = self.pull("acme/demo")
        self.check_whole()
        self.assertEqual(self.sent(log), SIZE - limit)

    @unittest.skipUnless(os.geteuid() == 0, "a small disk needs root")
    def test_full_disk(self):
        """It is said before the weights come."""
        self.cache.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(self.cache)]
        if subprocess.run(mount, capture_output=True).returncode:
            self.skipTest("nothing may be mounted here")
        try:
            _, errors, log = self.pull("acme/demo", status=6)
            self.assertIn("there is room for", errors)
            self.assertEqual(self.sent(log), 0)
            self.assertIn("model.safetensors", self.pull("acme/demo", "--dry-run")[0])
        finally:
            subprocess.run(["umount", str(self.cache)], check=True)
