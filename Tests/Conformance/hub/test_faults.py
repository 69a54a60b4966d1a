"""Connections and servers that fail."""

import hashlib
import os
import shutil
from pathlib import Path

from support import CDN, LISTING, SIZE, WEIGHTS, PullTestCase


class FaultTests(PullTestCase):
    """Connections and servers that fail."""

    def check_recovers(self, *faults, sent=None, ranges=(), arguments=()):
        """Pull with faults in the way."""
        _, _, log = self.pull("acme/demo", *arguments, faults=faults)
        self.check_whole()
        if sent is not None:
            self.assertEqual(self.sent(log), sent)
        self.assertEqual([entry["range"] for entry in log if entry["port"] == "cdn"][1:], list(ranges))

    def test_cut(self):
        """It goes on by the byte."""
        self.check_recovers(f"cut=5000001,times=1,{CDN}", sent=SIZE, ranges=["bytes=5000001-"])

    def test_reset(self):
        """What had come is kept."""
        _, _, log = self.pull("acme/demo", faults=[f"reset=3000000,times=1,{CDN}"])
        self.check_whole()
        start = int([entry["range"] for entry in log if entry["port"] == "cdn"][1][len("bytes=") : -1])
        self.assertTrue(0 < start <= 3000000)  # bytes on their way are lost

    def test_stall(self):
        """A connection that says nothing is given up."""
        self.check_recovers(f"stall=2000000,times=1,{CDN}", ranges=["bytes=2000000-"], arguments=["--timeout", "0.3"])

    def test_without_length(self):
        """A cut that looks like an end."""
        faults = (f"no-length,times=1,{CDN}", f"cut=4000000,times=1,{CDN}")
        self.check_recovers(*faults, sent=SIZE, ranges=["bytes=4000000-"])

    def test_server_errors(self):
        """500 on the listing and on the file, and a limit that says how long to wait."""
        faults = (
            f"status=500,times=1,{LISTING}",
            f"status=503,times=1,{CDN}",
            "status=429,seconds=1,times=1,match=resolve",
        )
        self.check_recovers(*faults, ranges=[None])

    def test_expired_address(self):
        """403 from the CDN: the Hub gives another address; once more, and it is a refusal."""
        self.check_recovers(f"status=403,times=1,{CDN}", ranges=[None])
        self.pull("acme/demo", "--force", faults=[f"status=403,{CDN}"], status=4)

    def test_range_ignored(self):
        """Everything comes again."""
        faults = (f"cut=5000000,times=1,{CDN}", f"ignore-range,{CDN}")
        self.check_recovers(*faults, sent=SIZE + 5000000, ranges=["bytes=5000000-"])

    def test_wrong_range(self):
        """All is asked for instead."""
        faults = (f"cut=5000000,times=1,{CDN}", f"wrong-range,{CDN}")
        self.check_recovers(*faults, ranges=["bytes=5000000-", None])

    def test_flipped_byte(self):
        """Once: fetched again. Always: refused, and not kept."""
        self.check_recovers(f"corrupt=100,times=1,{CDN}", sent=2 * SIZE, ranges=[None])
        shutil.rmtree(self.home / "hub")
        self.assertIn("twice", self.pull("acme/demo", faults=[f"corrupt=100,{CDN}"], status=4)[1])
        # Of other files, which came at the same time and have shorter hashes, partial ones may stay.
        self.assertFalse([blob for blob in self.blobs() if len(blob) >= 64])
        self.assertFalse((self.cache / "models--acme--demo/refs").exists())

    def test_flipped_byte_of_a_partial_file(self):
        """What an ended process left is not believed."""
        blobs = self.cache / "models--acme--demo/blobs"
        blobs.mkdir(parents=True)
        digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
        partial = blobs / f"{digest}.incomplete"
        for data in (b"x" * 1_000_000, b"x" * SIZE, b"x" * (SIZE + 1)):
            partial.write_bytes(data)
            self.pull("acme/demo", "--force")
            self.check_whole()

    def test_wrong_hash_and_size_listed(self):
        """Neither is kept."""
        for fault in ("hash=" + "0" * 64, f"size={SIZE - 1}", f"size={SIZE + 1}"):
            self.assertIn("twice", self.pull("acme/demo", faults=[f"{fault},match=model.safetensors"], status=4)[1])
        self.pull("acme/demo", faults=["hash=../../x,match=model.safetensors"], status=7)

    def test_short(self):
        """A file of other length is no model."""
        self.pull("acme/demo", faults=[f"short=100,{CDN}"], status=4)

    def test_gives_up(self):
        """After as many tries as were allowed; the network's status, and partial files stay."""
        for fault in ("status=500", "disconnect", "reset=1000000", "stall=0"):
            self.pull("acme/demo", "--retries", "1", "--timeout", "0.3", faults=[f"{fault},{CDN}"], status=7)
        self.assertTrue([blob for blob in self.blobs() if blob.endswith(".incomplete")])
        self.pull("acme/demo", "--retries", "0", status=7, variables={"HF_ENDPOINT": "http://127.0.0.1:1"})
        self.pull("acme/demo", faults=[f"status=429,seconds=9999,{LISTING}"], status=7)

    def test_captive_portal(self):
        """A page is no model, and no list of files."""
        self.assertIn("login", self.pull("acme/demo", faults=["html"], status=7)[1])
        self.assertIn("login", self.pull("acme/demo", faults=[f"html,{CDN}"], status=7)[1])

    def test_redirects_without_end(self):
        """Twenty are followed."""
        _, errors, log = self.pull("acme/demo", faults=["redirect"], status=7)
        self.assertIn("redirects without end", errors)
        self.assertLess(len(log), 30)

    def test_an_old_cache_does(self):
        """Where the Hub cannot be reached, a model without a tokenizer is used as it is."""
        snapshot = Path(self.pull("acme/demo")[0].strip())
        (snapshot / "tokenizer.json").unlink()
        variables = {"HF_ENDPOINT": "http://no-such-host.invalid"}
        _, errors, _ = self.run_program("inspect", "acme/demo", variables=variables)
        self.assertIn("what the cache has of acme/demo is used", errors)

    def test_a_misspelled_folder(self):
        """Where the Hub cannot be reached either, the name is what was wrong."""
        variables = {"HF_ENDPOINT": "http://no-such-host.invalid"}
        _, errors, _ = self.run_program("inspect", "acme/dmeo", status=7, variables=variables)
        self.assertIn("gpt2-gpu: acme/dmeo: there is no such folder, and no such model in the local Hub cache", errors)

    def test_without_the_library(self):
        """A sentence names the package."""
        for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
            (self.home / name).write_text("no library")
        variables = {"LD_LIBRARY_PATH": f"{self.home}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
        self.assertIn("apt install libcurl4", self.pull("acme/demo", status=7, variables=variables)[1])

    def test_without_hashes(self):
        """Nor without the library that hashes."""
        (self.home / "libcrypto.so.3").write_text("no library")
        (self.home / "libcrypto.so.1.1").write_text("no library")
        variables = {"LD_LIBRARY_PATH": f"{self.home}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
        # libcurl itself may need it.
        self.assertRegex(self.pull("acme/demo", status=7, variables=variables)[1], "apt install lib(ssl3|curl4)")

    def test_long_refusals(self):
        """What is said at length counts like what is said briefly."""
        _, errors, log = self.pull("acme/demo", faults=[f"status=404,bytes=3000000,{LISTING}"], status=4)
        self.assertIn("a fault", errors)
        self.assertEqual(len(log), 1)
        self.check_recovers(f"status=503,bytes=3000000,times=1,{CDN}", ranges=[None])

    def test_a_dry_run_leaves_nothing(self):
        """Whatever ends it."""
        folder = self.home / "temporary"
        folder.mkdir()
        configuration = "match=config.json"
        for fault, status in ((f"status=404,{configuration}", 4), (f"cut=10,{configuration}", 7)):
            variables = {"TMPDIR": str(folder)}
            self.pull("acme/demo", "--dry-run", "--retries", "0", faults=[fault], status=status, variables=variables)
            self.assertEqual(list(folder.iterdir()), [])
            self.assertFalse(self.cache.exists())
