"""What the tests of the server share: the server, and requests to it.

GPT2_GPU is the program, else .build/release/gpt2-gpu; the server lies beside it.
"""

import atexit
import functools
import http.client
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("GPT2_GPU", str(PACKAGE / ".build/release/gpt2-gpu"))
MODEL = PACKAGE / "Models/demo"
KEY = "sk-test"
# Nothing here may ask another host.
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
os.environ |= {"HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}


class Server:
    """A server of the demo model, on a port of its own."""

    def __init__(self, *arguments):
        """Start it, and wait until the model is there."""
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", *arguments],
            env=os.environ | {"GPT2_GPU_API_KEY": KEY},
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.errors()
        self.port = int(self.url.rsplit(":", 1)[1])
        atexit.register(self.stop)
        while self.get("/health")[0] != 200:
            assert self.process.poll() is None, self.errors()
            time.sleep(0.02)

    def errors(self):
        """Return what it said on standard error."""
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """End it as a service manager would; return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(60)

    def connection(self):
        """Return a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def send(self, method, path, body=None, **headers):
        """Send a request on a connection of its own; return the status, the headers and the bytes of the answer."""
        connection = self.connection()
        try:
            headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"} | headers
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path):
        """Return the status and the bytes of an answer."""
        status, _, body = self.send("GET", path)
        return status, body

    def post(self, path, body):
        """Return the status and the JSON of an answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, _, answer = self.send("POST", path, data)
        return status, json.loads(answer)

    def complete(self, **body):
        """Return the answer to a request for completions that is in order."""
        status, answer = self.post("/v1/completions", body)
        assert status == 200, answer
        return answer

    def events(self, path, body):
        """Return the events of a streamed answer."""
        status, headers, answer = self.send("POST", path, json.dumps(body).encode())
        assert status == 200 and headers["Content-Type"].startswith("text/event-stream"), answer
        blocks = answer.decode().split("\n\n")
        return [block.removeprefix("data: ") for block in blocks if block.startswith("data: ")]

    def metrics(self):
        """Return the samples of its metrics, by name and labels, as Prometheus's own parser reads them."""
        from prometheus_client.parser import text_string_to_metric_families

        families = text_string_to_metric_families(self.get("/metrics")[1].decode())
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    def total(self, name):
        """Return the sum of a metric over its labels."""
        return sum(value for (found, _), value in self.metrics().items() if found == "gpt2_gpu_" + name)

    def wait_idle(self):
        """Wait until nothing runs or waits."""
        end = time.monotonic() + 60
        while self.total("requests_running") or self.total("requests_waiting"):
            assert time.monotonic() < end, "requests go on without their clients"
            time.sleep(0.02)


@functools.cache
def server():
    """Return the server that most tests share."""
    return Server()


@functools.cache
def exact_server():
    """Return a server whose numbers are compared."""
    return Server("--precision", "fp32")


def run_program(*arguments, text=None):
    """Return what the program prints."""
    run = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


class ServerTestCase(unittest.TestCase):
    """A test of the shared server."""

    maxDiff = None

    @property
    def server(self):
        """The server."""
        return server()

    def check_answers(self):
        """Make sure that a good request has its answer."""
        text = self.server.complete(prompt="My dream is", max_tokens=4, temperature=0)["choices"][0]["text"]
        self.assertTrue(text)
