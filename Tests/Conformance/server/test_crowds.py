"""Crowds of connections: idle, slow to send, slow to read, too many. Memory stays flat, and others are served."""

import concurrent.futures
import json
import os
import resource
import socket
import time
import unittest

from support import KEY, Server, ServerTestCase

OPEN = "connections_open"
HEAD = f"Host: localhost\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (HARD, HARD))


class CrowdTestCase(ServerTestCase):
    """A server of its own for each test."""

    arguments = ()

    def setUp(self):
        """Start it."""
        self.own = Server(*self.arguments)
        self.addCleanup(self.own.stop)
        self.check_answers()

    @property
    def server(self):
        """That server."""
        return self.own

    def connect(self, count, receive_buffer=None):
        """Return connections, once the server has all of them."""
        connections = []
        for _ in range(count):
            connection = socket.socket()
            if receive_buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.connect(("127.0.0.1", self.server.port))
            connections.append(connection)
        self.wait_for(lambda: self.server.total(OPEN) > count)
        return connections

    def memory(self):
        """Return the resident memory in bytes."""
        return self.server.metrics()["process_resident_memory_bytes", ()]

    def wait_for(self, condition):
        """Wait until something is so."""
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def check_gone(self):
        """Make sure that nothing is left of a crowd: the connection that asks is open itself."""
        self.wait_for(lambda: self.server.total(OPEN) == 1)
        self.server.wait_idle()
        self.check_answers()


class IdleTests(CrowdTestCase):
    """Connections without a request."""

    arguments = ("--max-connections", "12000")

    def test_idle(self):
        """10,000 of them cost kilobytes each, once."""
        count = min(10_000, (HARD - 1000) * 4 // 5)
        before = self.memory()
        crowds = []
        for _ in range(2):
            connections = self.connect(count)
            crowds.append(self.memory())
            self.check_answers()
            for connection in connections:
                connection.close()
            self.check_gone()
        print(f"{count} idle: {before / 1e6:.0f} MB before, with them {', '.join(f'{m / 1e6:.0f}' for m in crowds)}")
        self.assertLess(crowds[0] - before, 20e6 + count * 30_000)
        self.assertLess(crowds[1] - crowds[0], 20e6 + count * 3_000)


class SlowSenderTests(CrowdTestCase):
    """Clients whose requests come byte by byte."""

    arguments = ("--header-timeout", "1", "--body-timeout", "1")

    def test_slow_senders(self):
        """Of headers and of bodies: all are cut once their time is up, whatever still comes."""
        connections = self.connect(200)
        for number, connection in enumerate(connections):
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
            if number % 2:
                connection.sendall(f"{HEAD[HEAD.index('Auth') :]}Content-Length: 9\r\nX: ".encode())
        for connection in connections[100:]:
            connection.sendall(b"y\r\n\r\n")
        end = time.monotonic() + 20
        left = set(connections)
        while left:
            self.assertLess(time.monotonic(), end, f"{len(left)} slow senders are not cut")
            self.check_answers()
            for connection in list(left):
                try:
                    connection.send(b"X")
                except OSError:
                    left.discard(connection)
        for connection in connections:
            connection.close()
        self.check_gone()


class SlowReaderTests(CrowdTestCase):
    """Clients that read nothing of long streams."""

    arguments = ("--write-timeout", "2", "--max-queue", "1000")

    @staticmethod
    def request():
        """Return what asks for three long streams, with much about each token."""
        body = {"prompt": "So", "n": 3, "max_tokens": 160, "logprobs": 20, "stream": True, "ignore_eos": True}
        data = json.dumps(body).encode()
        head = f"POST /v1/completions HTTP/1.1\r\n{HEAD}Content-Length: {len(data)}\r\n\r\n"
        return head.encode() + data

    def read_stream(self, connection):
        """Ask, read to the end, and close the connection."""
        connection.settimeout(60)
        connection.sendall(self.request())
        end = b""
        while b"data: [DONE]" not in end:
            received = connection.recv(1 << 16)
            self.assertTrue(received, end)
            end = end[-20:] + received
        connection.close()

    def test_slow_readers(self):
        """Each is cut, and what is written for it is bounded."""
        # What the crowd needs is compiled before, as PoCL's compiler takes 150 MB once it is loaded.
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            for _ in pool.map(self.read_stream, self.connect(50)):
                pass
        before = self.memory()
        connections = self.connect(50, receive_buffer=4096)
        for connection in connections:
            connection.sendall(self.request())
        most = before
        self.wait_for(lambda: self.server.total("requests_running"))
        end = time.monotonic() + 120
        while self.server.total(OPEN) > 1:
            self.assertLess(time.monotonic(), end, "slow readers are not cut")
            most = max(most, self.memory())
            time.sleep(0.1)
        print(f"50 slow readers: {before / 1e6:.0f} MB before, {most / 1e6:.0f} at most")
        self.assertLess(most - before, 100e6)
        for connection in connections:
            connection.close()
        self.check_gone()


class LimitTests(CrowdTestCase):
    """More connections than are taken."""

    arguments = ("--max-connections", "20")

    def test_surplus(self):
        """They are told so at once; when others leave, there is room."""
        health = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connections = []

        def is_full():  # refused while one that asked before is still among them
            connection = socket.create_connection(("127.0.0.1", self.server.port))
            connection.sendall(health)
            if connection.recv(1 << 16).startswith(b"HTTP/1.1 200"):
                connections.append(connection)
            else:
                connection.close()
            return len(connections) == 20

        self.wait_for(is_full)
        for request in (b"", health):
            with socket.create_connection(("127.0.0.1", self.server.port), 20) as surplus:
                surplus.sendall(request)
                answer = b""
                while part := surplus.recv(1 << 16):
                    answer += part
            head, _, body = answer.partition(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"HTTP/1.1 503"), answer)
            self.assertIn(b"Retry-After", head)
            self.assertEqual(json.loads(body)["error"]["code"], "too_many_connections")
        for connection in connections:
            connection.close()
        self.wait_for(lambda: self.server.get("/health")[0] == 200)
        self.check_gone()

    def test_no_descriptors(self):
        """Where the system has no more, clients wait; nothing spins, and nothing ends."""
        pid = self.server.process.pid
        held = socket.create_connection(("127.0.0.1", self.server.port))
        used = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, HARD))
        connections = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(10)]
        self.wait_for(lambda: len(os.listdir(f"/proc/{pid}/fd")) >= used + 2)
        self.wait_for(lambda: self.processor_time_of_a_second(pid) < 0.2)
        for connection in [held, *connections]:
            connection.close()
        self.check_gone()

    @staticmethod
    def processor_time_of_a_second(pid):
        """Return how many seconds of a processor a process takes in one by the clock."""

        def time_until_now():
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        start = time_until_now()
        time.sleep(1)
        return time_until_now() - start


if __name__ == "__main__":
    unittest.main()
