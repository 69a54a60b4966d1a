"""Tokens, encryption, and repositories of strangers."""

import hashlib
import shutil
import ssl
import subprocess
import unittest

from local_hub import EVIL_NAMES, LocalHub
from support import LISTING, WEIGHTS, PullTestCase, hub, root


class AccessTests(PullTestCase):
    """Tokens."""

    def test_gated(self):
        """Without a token, with one, and with the right one, which the CDN never sees."""
        page = f"{hub.endpoint}/acme/gated"
        self.assertIn(page, self.pull("acme/gated", status=4)[1])
        errors = self.pull("acme/gated", status=4, variables={"HF_TOKEN": "hf_valid"})[1]
        self.assertIn("this token has no access", errors)
        _, _, log = self.pull("acme/gated", variables={"HF_TOKEN": " hf_granted\n"})
        self.check_whole("acme--gated")
        self.assertEqual({entry["authorization"] for entry in log if entry["port"] == "cdn"}, {None})
        self.assertEqual({entry["authorization"] for entry in log if entry["port"] == "hub"}, {"Bearer hf_granted"})

    def test_private(self):
        """As if it were not there."""
        self.assertIn("or it is private", self.pull("acme/private", status=4)[1])
        self.pull("acme/private", status=4, variables={"HF_TOKEN": "hf_valid"})
        (self.home / "token").write_text("hf_granted\n")
        self.pull("acme/private")
        self.assertIsNone(
            self.pull("acme/demo", variables={"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"})[2][0]["authorization"]
        )

    def test_no_exchange(self):
        """Where a token is to be had by HF_OIDC_RESOURCE, it is said that this is not done."""
        variables = {"HF_OIDC_RESOURCE": "acme"}
        for name in ("acme/private", "acme/gated"):
            self.assertIn("HF_OIDC_RESOURCE is not asked for", self.pull(name, status=4, variables=variables)[1])

    def test_wrong_tokens(self):
        """One that the Hub refuses, and one that would be another header."""
        self.assertIn("unset HF_TOKEN", self.pull("acme/demo", status=4, variables={"HF_TOKEN": "hf_wrong"})[1])
        self.assertIn("HF_TOKEN", self.pull("acme/demo", status=2, variables={"HF_TOKEN": "hf_a\r\nX-A: b"})[1])
        self.assertIn("/none", self.pull("acme/demo", "--token-file", "/none", status=2)[1])
        self.assertNotIn("hf_wrong", self.pull("acme/demo", status=4, variables={"HF_TOKEN": "hf_wrong"})[1])

    def test_never_unencrypted(self):
        """No token goes over http to another machine, nor a name and password in an URL."""
        variables = {"HF_TOKEN": "hf_granted", "HF_ENDPOINT": "http://hub.example"}
        self.assertIn("unencrypted", self.pull("acme/demo", status=2, variables=variables)[1])
        for endpoint in ("http://me:secret@127.0.0.1:1", "ftp://127.0.0.1", "file:///etc", "no url"):
            self.pull("acme/demo", status=2, variables={"HF_ENDPOINT": endpoint})

    def test_proxies(self):
        """What is on this machine goes through none; the rest does, unless NO_PROXY says otherwise."""
        proxy = {"http_proxy": hub.endpoint, "no_proxy": ""}
        self.pull("acme/demo", variables={"http_proxy": "http://127.0.0.1:1", "no_proxy": "", "HF_TOKEN": "hf_valid"})
        log = self.pull("acme/demo", variables=proxy | {"HF_ENDPOINT": "http://hub.invalid"})[2]
        self.assertTrue(all(entry["request"].startswith("GET http://hub.invalid/") for entry in log), log)
        outside = proxy | {"HF_ENDPOINT": "http://hub.invalid", "no_proxy": "hub.invalid"}
        self.pull("acme/demo", status=7, variables=outside)

    def test_foreign_hosts(self):
        """Where the Hub redirects to gets no token, and other schemes are not followed."""
        fault = f"redirect={hub.cdn}/elsewhere,match=GET /acme"
        _, _, log = self.pull("acme/gated", faults=[fault], status=4, variables={"HF_TOKEN": "hf_granted"})
        self.assertTrue([entry for entry in log if "/elsewhere" in entry["request"]])
        self.assertEqual({entry["authorization"] for entry in log if entry["port"] == "cdn"}, {None})
        for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "//a:b@127.0.0.1/"):
            self.pull("acme/demo", faults=[f"redirect={url},{LISTING}"], status=7)


class ProxyTests(PullTestCase):
    """The variables of curl."""

    def test_proxy(self):
        """What no name server knows comes by a proxy."""
        variables = {"HF_ENDPOINT": "http://hub.invalid", "http_proxy": hub.endpoint, "no_proxy": "127.0.0.1"}
        _, _, log = self.pull("acme/demo", variables=variables)
        self.check_whole()
        self.assertTrue(log[0]["request"].startswith("GET http://hub.invalid/api/models/acme/demo/"))


class EncryptionTests(PullTestCase):
    """https."""

    @unittest.skipUnless(shutil.which("openssl"), "a certificate needs the program openssl")
    def test_certificates(self):
        """Only from those who are trusted; and from there never to http."""
        key, certificate = self.home / "key.pem", self.home / "certificate.pem"
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
        make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(make, check=True, capture_output=True)
        with LocalHub(root) as secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            secure.servers[0].socket = context.wrap_socket(secure.servers[0].socket, server_side=True)
            variables = {"HF_ENDPOINT": secure.endpoint.replace("http://127.0.0.1", "https://localhost")}
            self.assertIn("ca-certificates", self.pull("acme/demo", status=7, variables=variables)[1])
            variables["SSL_CERT_FILE"] = str(certificate)
            errors = self.pull("acme/demo", status=7, variables=variables)[1]
            self.assertIn("not encrypted", errors)
            self.assertTrue([blob for blob in self.blobs() if len(blob) == 40])


class HostileTests(PullTestCase):
    """Repositories of strangers."""

    def test_names_that_lead_out(self):
        """The whole repository is refused."""
        for name in EVIL_NAMES:
            self.assertTrue(isinstance(name, str))
        self.assertIn("lead out", self.pull("acme/demo", "--all", faults=["names"], status=4)[1])
        self.assertFalse(self.cache.exists())

    def test_index_that_leads_out(self):
        """An index names files of its repository alone."""
        self.assertIn("does not have", self.pull("acme/hostile", status=4)[1])
        self.assertFalse(list(self.home.rglob("evil.txt")))

    def test_shards(self):
        """Those that the index names."""
        self.pull("acme/shards")
        files = ["a.safetensors", "b.safetensors", "config.json", "model.safetensors.index.json"]
        self.assertEqual(self.check_whole("acme--shards"), files)

    def test_no_gpt2(self):
        """It stops before the weights, and says what there is."""
        _, errors, log = self.pull("acme/llama", status=4)
        self.assertIn("'llama'", errors)
        self.assertEqual(self.sent(log), 0)
        self.assertIn("model.gguf", self.pull("acme/gguf", status=4)[1])
        self.assertIn("has README.md", self.pull("acme/card", status=4)[1])

    def test_a_link_in_the_place_of_a_partial_file(self):
        """Is not followed."""
        blobs = self.cache / "models--acme--demo/blobs"
        blobs.mkdir(parents=True)
        victim = self.home / "victim"
        victim.write_text("mine")
        (blobs / f"{hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}.incomplete").symlink_to(victim)
        self.pull("acme/demo", status=1)
        self.assertEqual(victim.read_text(), "mine")
