"""What the tests of downloads share: the repositories, the Hub that serves them, and runs of the program.

GPT2_GPU is the program, else .build/release/gpt2-gpu. What huggingface_hub makes of our cache, and we of its, is
compared where GPT2_GPU_HUB_PYTHON, else this Python, has it.
"""

import atexit
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from local_hub import LocalHub

PACKAGE = Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("GPT2_GPU", str(PACKAGE / ".build/release/gpt2-gpu"))
PYTHON = os.environ.get("GPT2_GPU_HUB_PYTHON", sys.executable)
HAS_CLIENT = subprocess.run([PYTHON, "-c", "import huggingface_hub"], capture_output=True).returncode == 0
WEIGHTS = PACKAGE / "Models/demo/model.safetensors"
SIZE = WEIGHTS.stat().st_size
# What faults are for.
CDN = "match=GET /cdn"
LISTING = "match=GET /api/models"

threading.excepthook = lambda _: None  # clients leave at any time


def make_repositories(root):
    """Write them."""
    for name in ("acme/demo", "acme/gated", "acme/private", "canonical"):
        shutil.copytree(PACKAGE / "Models/demo", root / name, ignore=shutil.ignore_patterns("*.py"))
        (root / name / "runs").mkdir()
        (root / name / "runs/log.txt").write_text("other")
        (root / name / "empty.txt").write_text("")
        (root / name / "pytorch_model.bin").write_bytes(b"another format")
    (root / "acme/demo@v1").mkdir()
    shutil.copytree(root / "acme/demo", root / "acme/demo@v1", dirs_exist_ok=True)
    (root / "acme/demo@v1/README.md").write_text("of v1")
    for name, files in {
        "acme/llama": {"config.json": '{"model_type": "llama"}', "model.safetensors": "x"},
        "acme/gguf": {"config.json": '{"model_type": "gpt2"}', "model.gguf": "x", "flax_model.msgpack": "x"},
        "acme/card": {"README.md": "only words"},
        "acme/shards": {
            "config.json": '{"model_type": "gpt2"}',
            "model.safetensors.index.json": '{"weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}',
            "a.safetensors": "a",
            "b.safetensors": "b",
            "c.safetensors": "c",
        },
        "acme/hostile": {
            "config.json": '{"model_type": "gpt2"}',
            "model.safetensors.index.json": '{"weight_map": {"a": "../../../../evil.txt"}}',
        },
    }.items():
        for path, text in files.items():
            (root / name).mkdir(parents=True, exist_ok=True)
            (root / name / path).write_text(text)


root = Path(tempfile.mkdtemp(prefix="gpt2-gpu-hub-"))
atexit.register(shutil.rmtree, root)
make_repositories(root)
hub = LocalHub(root, gated=["acme/gated"], private=["acme/private"], renamed={"old/name": "acme/demo"})


def git_sha1(data):
    """Return git's hash of a file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class PullTestCase(unittest.TestCase):
    """A cache of its own for each test."""

    def setUp(self):
        """Make the cache."""
        self.home = Path(tempfile.mkdtemp(prefix="gpt2-gpu-cache-"))
        self.addCleanup(shutil.rmtree, self.home)
        self.cache = self.home / "hub"
        hub.set_faults()
        hub.take_log()

    def environment(self, **variables):
        """Return an environment that knows this Hub alone."""
        kept = {name: value for name, value in os.environ.items() if not name.lower().startswith(("hf_", "http"))}
        kept |= {"HF_ENDPOINT": hub.endpoint, "HF_HOME": str(self.home), "HF_HUB_DISABLE_TELEMETRY": "1"}
        return kept | variables

    def start(self, *arguments, variables=None, **options):
        """Start the program."""
        return subprocess.Popen(
            [PROGRAM, *arguments],
            env=self.environment(**(variables or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run_program(self, *arguments, faults=(), status=0, variables=None, **options):
        """Run the program to its end, which must be with this status; return its output, its errors and the log."""
        hub.set_faults(*faults)
        hub.take_log()
        process = self.start(*arguments, variables=variables, **options)
        output, errors = process.communicate(timeout=100)
        self.assertEqual(process.returncode, status, errors)
        if status:
            self.assertRegex(errors, r"(?m)^gpt2-gpu: .*$")
        return output, errors, hub.take_log()

    def pull(self, *arguments, **options):
        """Run pull."""
        return self.run_program("pull", *arguments, **options)

    def blobs(self, name="acme--demo"):
        """Return the names of the files with contents."""
        folder = self.cache / f"models--{name}/blobs"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def check_whole(self, name="acme--demo", revision="main"):
        """Make sure that everything lies where it belongs, with the right bytes."""
        repository = self.cache / f"models--{name}"
        commit = (repository / "refs" / revision).read_text()
        self.assertRegex(commit, "^[0-9a-f]{40}$")
        self.assertFalse([blob for blob in self.blobs(name) if blob.endswith(("incomplete", "tmp"))])
        files = [path for path in (repository / "snapshots" / commit).rglob("*") if not path.is_dir()]
        for path in files:
            self.assertTrue(path.is_symlink() and not os.readlink(path).startswith("/"), path)
            blob, data = path.resolve(), path.read_bytes()
            self.assertIn(blob.name, (git_sha1(data), hashlib.sha256(data).hexdigest()))
        self.assertFalse((repository / "trees").exists())
        return sorted(path.relative_to(repository / "snapshots" / commit).as_posix() for path in files)

    def sent(self, log):
        """Return how many bytes of weights were sent."""
        return sum(entry["sent"] for entry in log if entry["port"] == "cdn")
