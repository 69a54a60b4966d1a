"""Clients that leave at random moments cost nobody anything."""

import concurrent.futures
import json
import random
import socket
import time
import unittest

from support import KEY, ServerTestCase


class LeavingTests(ServerTestCase):
    """Closed and reset, before the answer and within."""

    def leave(self, seed):
        """Send a request, and close the connection after a moment."""
        chance = random.Random(seed)
        body = {"prompt": "So " * chance.randint(1, 60), "max_tokens": 150, "ignore_eos": True}
        body |= {"n": chance.randint(1, 4), "stream": chance.random() < 0.5, "seed": seed}
        data = json.dumps(body).encode()
        head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            if chance.random() < 0.3:  # a reset rather than an end
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            message = head.encode() + data
            connection.sendall(message[: chance.randint(1, len(message))] if chance.random() < 0.1 else message)
            time.sleep(chance.random() ** 3 * 0.2)

    def cancelled(self):
        """Return how many texts ended because nobody was there to read them."""
        found = self.server.metrics().items()
        return sum(
            value
            for (name, labels), value in found
            if name == "gpt2_gpu_completions_total" and dict(labels)["finish_reason"] == "cancelled"
        )

    def test_leaving(self):
        """After 500 of them nothing runs, and the texts of those who stayed are what they would have been."""
        fields = {"prompt": "My dream is", "max_tokens": 60, "seed": 9, "n": 2}
        wanted = self.server.complete(**fields)["choices"]
        cancelled = self.cancelled()
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            leavers = [pool.submit(self.leave, seed) for seed in range(500)]
            while not all(leaver.done() for leaver in leavers):
                status, answer = self.server.post("/v1/completions", fields)
                self.assertIn(status, (200, 429))
                if status == 200:
                    self.assertEqual(answer["choices"], wanted)
        for leaver in leavers:
            leaver.result()
        self.server.wait_idle()
        self.assertGreater(self.cancelled(), cancelled)
        self.check_answers()


if __name__ == "__main__":
    unittest.main()
