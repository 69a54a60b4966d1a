"""Which files come, and where they lie."""

import fcntl
import hashlib
import json
import time
from pathlib import Path

from support import SIZE, WEIGHTS, PullTestCase, hub, root


class OrdinaryTests(PullTestCase):
    """What is brought, and what is asked for."""

    def test_brings_what_a_model_needs(self):
        """One kind of weights, tokenizer, card; and a second pull is one request."""
        output, errors, log = self.pull("acme/demo")
        files = self.check_whole()
        wanted = ["README.md", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json"]
        self.assertEqual(files, wanted + ["tokenizer_config.json"])
        self.assertEqual(output.strip(), str(next((self.cache / "models--acme--demo/snapshots").iterdir())))
        self.assertIn("Downloading acme/demo", errors)
        self.assertNotIn("\r", errors)
        again, errors, log = self.pull("acme/demo")
        self.assertEqual((again, errors, len(log)), (output, "", 1))

    def test_json(self):
        """The contract's names."""
        report = json.loads(self.pull("acme/demo", "--format", "json")[0])
        self.assertEqual([report["model"], report["revision"]], ["acme/demo", "main"])
        weights = next(file for file in report["files"] if file["path"] == "model.safetensors")
        self.assertEqual((weights["size"], weights["fetched_bytes"], weights["status"]), (SIZE, SIZE, "fetched"))
        self.assertEqual((weights["algorithm"], len(weights["hash"])), ("sha256", 64))
        self.assertEqual(report["fetched_bytes"], sum(file["size"] for file in report["files"]))
        self.assertEqual(json.loads(self.pull("acme/demo", "--format", "json")[0])["fetched_bytes"], 0)

    def test_commands_download_once(self):
        """Announced in one line; then the Hub is not asked."""
        arguments = ("generate", "--model", "acme/demo", "x", "--greedy", "--max-new-tokens", "2", "--device", "cpu")
        text, errors, log = self.run_program(*arguments)
        self.assertEqual(errors.count("\n"), 1)
        self.assertIn("Downloading acme/demo (5 files", errors)
        self.assertEqual(self.run_program(*arguments), (text, "", []))
        self.assertEqual(self.run_program(*arguments, variables={"HF_HUB_OFFLINE": "1"}), (text, "", []))
        report = json.loads(self.run_program(*arguments, "--format", "json")[0])
        self.assertRegex(report["model_revision"], "^[0-9a-f]{40}$")
        self.assertEqual(self.run_program("score", "--model", "acme/demo", "--device", "cpu", "My dream")[2], [])

    def test_quiet_says_nothing(self):
        """Nothing but the path."""
        self.assertEqual(self.pull("acme/demo", "--quiet")[1], "")

    def test_an_adapter_brings_its_base(self):
        """Which its configuration names."""
        adapter = root / "acme/lora"
        adapter.mkdir(exist_ok=True)
        (adapter / "adapter_config.json").write_text('{"base_model_name_or_path": "acme/demo", "peft_type": "LORA"}')
        (adapter / "adapter_model.safetensors").write_text("no adapter")
        _, errors, log = self.run_program("inspect", "acme/lora", status=4)
        self.assertIn("Downloading acme/lora (1 file", errors)
        self.assertIn("Downloading acme/demo", errors)
        self.assertEqual(self.run_program("inspect", "acme/lora", status=4)[2], [])

    def test_revisions(self):
        """A tag, the commit that it is, and no such one."""
        output = self.pull("acme/demo@v1")[0].strip()
        self.assertEqual((Path(output) / "README.md").read_text(), "of v1")
        self.check_whole(revision="v1")
        commit = Path(output).name
        _, _, log = self.run_program("inspect", f"acme/demo@{commit}")
        self.assertEqual(log, [])
        self.assertFalse((self.cache / "models--acme--demo/refs" / commit).exists())
        self.assertIn("no revision 'x/y'", self.pull("acme/demo@x/y", status=4)[1])
        self.pull(f"acme/demo@{commit}")

    def test_names(self):
        """Without a namespace, under an old name, and none."""
        self.pull("canonical")
        self.check_whole("canonical")
        self.pull("old/name")
        self.check_whole("old--name")
        for name in ("-a/b", "a/.b", "a/b.git", "a--b/c", "a/b/c", "a/..", "a/b@", "a/b@../c", "a/b@x y", ""):
            self.pull("--", name, status=2)
        self.assertIn("no model acme/none", self.pull("acme/none", status=4)[1])

    def test_several(self):
        """One that is not to be had keeps the others not back; without a network, they are not tried."""
        _, errors, _ = self.pull("acme/none", "acme/demo", "acme/llama", status=4)
        for sentence in ("no model acme/none", "llama", "2 of the 3 models could not be brought."):
            self.assertIn(sentence, errors)
        self.check_whole()
        closed = {"HF_ENDPOINT": "http://127.0.0.1:1"}
        _, errors, _ = self.pull("canonical", "acme/shards", "--retries", "0", status=7, variables=closed)
        self.assertIn("Not tried: acme/shards.", errors)

    def test_other_files(self):
        """By pattern, and all; an empty file comes without a request."""
        _, _, log = self.pull("acme/demo", "--file", "runs/*", "--file", "*.txt")
        self.assertIn("runs/log.txt", self.check_whole())
        self.assertNotIn("empty.txt", "".join(entry["request"] for entry in log))
        _, errors, _ = self.pull("acme/demo", "--file", "*.none", "--file", "*.txt")
        self.assertEqual(errors, "gpt2-gpu: No file of acme/demo fits '*.none'.\n")
        self.pull("acme/demo", "--all")
        self.assertIn("pytorch_model.bin", self.check_whole())

    def test_dry_run_keeps_nothing(self):
        """Not even a folder."""
        output, _, _ = self.pull("acme/demo", "--dry-run")
        self.assertIn("model.safetensors", output)
        self.assertFalse(self.cache.exists())
        # An empty name of the folder for temporary files counts as none; one that is not there is a wrong setting.
        self.pull("acme/demo", "--dry-run", variables={"TMPDIR": ""})
        _, errors, _ = self.pull("acme/demo", "--dry-run", status=2, variables={"TMPDIR": str(self.home / "none")})
        self.assertIn("none cannot be made: No such file or directory. Name another by TMPDIR.", errors)

    def test_what_lies_beside(self):
        """As huggingface_hub has it: a tag for backups, and locks, which do not stop anybody here."""
        weights = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
        lock = self.cache / f".locks/models--acme--demo/{weights}.lock"
        lock.parent.mkdir(parents=True)
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.pull("acme/demo")
        self.check_whole()
        tag = self.cache / "CACHEDIR.TAG"
        self.assertTrue(tag.read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n"))
        self.assertEqual(sorted(path.stem for path in lock.parent.iterdir()), self.blobs())
        tag.write_text("another")
        self.pull("acme/demo")
        self.assertEqual(tag.read_text(), "another")

    def test_another_appends(self):
        """Under huggingface_hub's lock, which up to 0.36 appends to the same partial file without a lock of that."""
        data = WEIGHTS.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        lock = self.cache / f".locks/models--acme--demo/{digest}.lock"
        blobs = self.cache / "models--acme--demo/blobs"
        for folder in (lock.parent, blobs):
            folder.mkdir(parents=True)
        with lock.open("w") as held, (blobs / f"{digest}.incomplete").open("ab") as partial:
            fcntl.flock(held, fcntl.LOCK_EX)
            partial.write(data[:100_000])
            partial.flush()
            pull = self.start("pull", "acme/demo")
            # The other files are there, so that only the weights are waited for.
            while pull.poll() is None and len([name for name in self.blobs() if "." not in name]) < 5:
                time.sleep(0.01)
            partial.write(data[100_000:])
            partial.flush()
            if pull.poll() is None:
                Path(partial.name).rename(blobs / digest)
        output, errors = pull.communicate(timeout=100)
        self.assertEqual(pull.returncode, 0, errors)
        self.check_whole()
        self.assertEqual(self.sent(hub.take_log()), 0)

    def test_names_that_look_the_same(self):
        """Are names of two files."""
        names = ["caf\u00e9.txt", "cafe\u0301.txt"]
        for name in names:
            (root / "acme/twins").mkdir(exist_ok=True)
            (root / "acme/twins" / name).write_text(name)
        for name in ("config.json", "model.safetensors"):
            (root / "acme/twins" / name).write_text('{"model_type": "gpt2"}')
        self.pull("acme/twins", "--all")
        files = self.check_whole("acme--twins")
        self.assertTrue(set(names) <= set(files), files)

    def test_verify_and_force(self):
        """What is damaged is found and fetched again, and it alone."""
        path = Path(self.pull("acme/demo")[0].strip()) / "model.safetensors"
        data = bytearray(path.read_bytes())
        data[1000] ^= 1
        path.resolve().write_bytes(data)
        self.assertEqual(self.sent(self.pull("acme/demo")[2]), 0)
        _, errors, log = self.pull("acme/demo", "--verify")
        self.assertIn("is damaged", errors)
        self.assertEqual((self.sent(log), path.read_bytes()), (SIZE, WEIGHTS.read_bytes()))
        self.assertEqual(self.sent(self.pull("acme/demo", "--force")[2]), SIZE)
        self.check_whole()

    def test_shared_blobs(self):
        """Contents may be links to a store that repositories share."""
        path = Path(self.pull("acme/demo")[0].strip()) / "model.safetensors"
        blob = path.resolve()
        store = self.cache / "blobs/ab"
        store.mkdir(parents=True)
        blob.rename(store / "xet")
        blob.symlink_to("../../blobs/ab/xet")
        self.assertEqual(self.sent(self.pull("acme/demo")[2]), 0)
        self.run_program("inspect", "acme/demo", variables={"HF_HUB_OFFLINE": "1"})

    def test_without_links(self):
        """Contents are moved where links are not wanted."""
        variables = {"HF_HUB_DISABLE_SYMLINKS": "1"}
        path = Path(self.pull("acme/demo", variables=variables)[0].strip()) / "model.safetensors"
        self.assertTrue(path.is_file() and not path.is_symlink())
        self.assertEqual(len(self.pull("acme/demo", variables=variables)[2]), 1)

    def test_a_part_is_completed(self):
        """What another program has left out is fetched, and no more."""
        path = Path(self.pull("acme/demo")[0].strip()) / "tokenizer.json"
        path.resolve().unlink()
        path.unlink()
        _, errors, log = self.run_program("tokenize", "--model", "acme/demo", "x")
        self.assertIn("(1 file,", errors)
        self.assertEqual(self.sent(log), 0)


class OfflineTests(PullTestCase):
    """No connection is made."""

    def test_nothing_there(self):
        """Says what to do."""
        for variables in ({"HF_HUB_OFFLINE": "1"}, {"TRANSFORMERS_OFFLINE": "true"}):
            _, errors, log = self.run_program("generate", "--model", "acme/demo", "x", status=4, variables=variables)
            self.assertIn("gpt2-gpu pull acme/demo", errors)
            self.assertEqual(log, [])
        self.assertEqual(self.pull("acme/demo", "--offline", status=4)[2], [])
        self.pull("acme/demo", variables={"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"})
        self.assertEqual(len(self.pull("acme/demo", "--offline")[0].split("\n")), 2)
