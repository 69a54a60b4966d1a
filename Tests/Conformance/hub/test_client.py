"""The cache beside huggingface_hub."""

import subprocess
import unittest

from support import HAS_CLIENT, PYTHON, PullTestCase, hub


@unittest.skipUnless(HAS_CLIENT, "huggingface_hub is not installed: its view of the cache is not compared")
class ClientTests(PullTestCase):
    """huggingface_hub and we."""

    def client(self, call, **variables):
        """Return what the client says."""
        code = f"from huggingface_hub import *\nprint({call})"
        variables |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_XET": "1"}
        run = subprocess.run([PYTHON, "-c", code], env=self.environment(**variables), capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout.strip()

    def test_finds_all_after_us(self):
        """Offline, without warnings, with the right hashes; and what is missing it fetches."""
        path = self.pull("acme/demo")[0].strip()
        self.assertEqual(self.client("snapshot_download('acme/demo')", HF_HUB_OFFLINE="1"), path)
        file = self.client("hf_hub_download('acme/demo', 'model.safetensors')", HF_HUB_OFFLINE="1")
        self.assertEqual(file, f"{path}/model.safetensors")
        self.assertEqual(self.client("scan_cache_dir().warnings"), "[]")
        self.assertEqual(self.client("HfApi().verify_repo_checksums('acme/demo').mismatches"), "[]")
        hub.take_log()
        self.client("snapshot_download('acme/demo')")
        self.assertEqual(self.sent(hub.take_log()), len("another format"))

    def test_is_found_by_us(self):
        """Offline and not."""
        self.client("snapshot_download('acme/demo')")
        _, _, log = self.run_program("inspect", "acme/demo", variables={"HF_HUB_OFFLINE": "1"})
        self.assertEqual(log, [])
        _, errors, log = self.pull("acme/demo")
        self.assertEqual((errors, len(log)), ("", 1))
