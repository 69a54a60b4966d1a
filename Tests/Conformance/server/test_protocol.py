"""What the protocol leaves open or forbids: always an answer, never a request within another, and then a good one."""

import json
import random
import re
import socket
import unittest

from support import KEY, ServerTestCase

HOST = b"Host: localhost\r\n"
LAST = HOST + b"\r\n"
KEYED = HOST + f"Authorization: Bearer {KEY}\r\n".encode()
BODY = b'{"prompt":"abc"}'
CHUNKED = b"10\r\n" + BODY + b"\r\n0\r\n\r\n"
GET = b"GET /health HTTP/1.1\r\n"
POST = b"POST /tokenize HTTP/1.1\r\n" + KEYED
OLD = POST.replace(b"1.1", b"1.0")
LENGTH = b"Content-Length: 16\r\n"
CODING = b"Transfer-Encoding: chunked\r\n"

# A name, what is sent, the statuses of the answers, and whether the connection is closed after them.
CASES = [
    ("many headers", GET + HOST + b"".join(b"x-%d: 1\r\n" % n for n in range(300)) + b"\r\n", [431], True),
    ("a long header", GET + HOST + b"x: " + b"a" * 20000 + b"\r\n\r\n", [431], True),
    (
        "long headers",
        GET + HOST + b"".join(b"x-%d: %s\r\n" % (n, b"a" * 400) for n in range(60)) + b"\r\n",
        [431],
        True,
    ),
    ("a long path", b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n" + LAST, [431], True),
    ("sent ahead", (GET + LAST) * 4, [200] * 4, False),
    ("sent ahead of what is none", GET + LAST + b"garbage\r\n\r\n", [200, 400], True),
    ("two lengths", POST + b"Content-Length: 1\r\n" + LENGTH + b"\r\n" + BODY, [400], True),
    ("two equal lengths", POST + LENGTH + LENGTH + b"\r\n" + BODY, [400], True),
    ("a list of lengths", POST + b"Content-Length: 16, 16\r\n\r\n" + BODY, [400], True),
    ("a length with a sign", POST + b"Content-Length: +16\r\n\r\n" + BODY, [400], True),
    ("a negative length", POST + b"Content-Length: -16\r\n\r\n" + BODY, [400], True),
    ("a huge length", POST + b"Content-Length: 99999999999999999999999\r\n\r\n", [400], True),
    ("length and chunks", POST + LENGTH + CODING + b"\r\n0\r\n\r\n" + GET + LAST, [400], True),
    ("chunks and length", POST + CODING + LENGTH + b"\r\n0\r\n\r\n" + GET + LAST, [400], True),
    ("no coding", POST + b"Transfer-Encoding: identity\r\n" + LENGTH + b"\r\n" + BODY, [400], True),
    ("two codings", POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED, [400], True),
    ("chunks that are not last", POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKED, [400], True),
    ("another coding", POST + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKED, [400], True),
    ("a space before the colon", POST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKED, [400], True),
    ("a folded coding", POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKED, [400], True),
    ("chunks of HTTP/1.0", OLD + CODING + b"\r\n" + CHUNKED + GET + LAST, [200], True),
    ("a compressed body", POST + b"Content-Encoding: gzip\r\n" + LENGTH + b"\r\n" + BODY, [415], False),
    ("a folded header", GET + HOST + b"x: a\r\n b\r\n\r\n", [400], True),
    ("NUL in a header", GET + HOST + b"x: a\0b\r\n\r\n", [400], True),
    ("NUL in a path", b"GET /hea\0lth HTTP/1.1\r\n" + LAST, [400], True),
    ("bare line feeds", b"GET /health HTTP/1.1\nHost: localhost\n\n", [400], True),
    ("a bare line feed", GET + HOST + b"x: a\ny: b\r\n\r\n", [400], True),
    ("a bare return", GET + HOST + b"x: a\ry: b\r\n\r\n", [400], True),
    ("bytes that are no text", "GET /héalth HTTP/1.1\r\n".encode() + LAST, [400], True),
    ("no colon", GET + HOST + b"foo\r\n\r\n", [400], True),
    ("no name", GET + HOST + b": x\r\n\r\n", [400], True),
    ("a name that is none", GET + HOST + b"a(b: x\r\n\r\n", [400], True),
    ("a first header that goes on", GET + b" x: y\r\n" + LAST, [400], True),
    ("lines before", b"\r\n\r\n" + GET + LAST, [200], False),
    ("two hosts", GET + HOST + b"Host: evil.example\r\n\r\n", [400], False),
    ("two equal hosts", GET + HOST + LAST, [400], False),
    ("no host", GET + b"\r\n", [400], False),
    ("HTTP/1.0 without host", b"GET /health HTTP/1.0\r\n\r\n", [200], True),
    ("HTTP/1.0 of another host", b"GET /health HTTP/1.0\r\nHost: evil.example\r\n\r\n", [403], True),
    ("a URL", b"GET http://localhost/health HTTP/1.1\r\n" + LAST, [200], False),
    ("a URL with a query alone", b"GET HTTP://localhost?text=a HTTP/1.1\r\n" + LAST, [200], False),
    ("a URL of another host", b"GET http://evil.example/health HTTP/1.1\r\n" + LAST, [403], False),
    ("another host beside a URL", b"GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\n\r\n", [200], False),
    ("a tunnel", b"CONNECT localhost:80 HTTP/1.1\r\n" + LAST, [404], True),
    ("no path", b"OPTIONS * HTTP/1.1\r\n" + LAST, [204], False),
    ("no path to get", b"GET * HTTP/1.1\r\n" + LAST, [404], False),
    ("a URL of another scheme", b"GET ftp://localhost/health HTTP/1.1\r\n" + LAST, [400], False),
    ("another scheme and host", b"GET ws://evil.example/health HTTP/1.1\r\n" + LAST, [400], False),
    ("a relative path", b"GET health HTTP/1.1\r\n" + LAST, [400], True),
    ("percent-encoded", b"GET /v1/models/%2e%2e%2fhealth HTTP/1.1\r\n" + KEYED + b"\r\n", [404], False),
    ("badly percent-encoded", b"GET /%zz HTTP/1.1\r\n" + LAST, [404], False),
    ("a query", b"GET /health?x=%zz&&= HTTP/1.1\r\n" + LAST, [200], False),
    ("a fragment", b"GET /health#x HTTP/1.1\r\n" + LAST, [404], False),
    ("HEAD, twice", (b"HEAD /health HTTP/1.1\r\n" + LAST) * 2, [200, 200], False),
    ("HEAD of nothing, twice", (b"HEAD /nothing HTTP/1.1\r\n" + LAST) * 2, [404, 404], False),
    ("OPTIONS", b"OPTIONS /health HTTP/1.1\r\n" + LAST, [204], False),
    ("TRACE", b"TRACE /health HTTP/1.1\r\n" + LAST, [405], False),
    ("PROPFIND", b"PROPFIND /health HTTP/1.1\r\n" + LAST, [405], False),
    ("a method that nobody knows", b"FOO /health HTTP/1.1\r\n" + LAST, [400], True),
    ("a method in lowercase", b"get /health HTTP/1.1\r\n" + LAST, [400], True),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400], True),
    ("HTTP/3.1", b"GET /health HTTP/3.1\r\n" + LAST, [400], True),
    ("HTTP/0.9", b"GET /health\r\n\r\n", [400], True),
    ("TLS", bytes.fromhex("16030100c4010000c003"), [400], True),
    ("an upgrade", GET + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", [200], True),
    ("Expect", POST + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n" + BODY, [100, 200], False),
    (
        "Expect of HTTP/1.0",
        OLD + b"Expect: 100-continue\r\n" + LENGTH + b"\r\n" + BODY,
        [200],
        True,
    ),
    (
        "Expect for what is refused",
        GET.replace(b"GET", b"POST") + HOST + b"Expect: 100-continue\r\n\r\n",
        [100, 405],
        False,
    ),
    ("another Expect", POST + b"Expect: 200-maybe\r\n" + LENGTH + b"\r\n" + BODY, [200], False),
    ("a chunk with an extension", POST + CODING + b"\r\n10;x=y\r\n" + BODY + b"\r\n0\r\n\r\n", [200], False),
    ("a huge chunk", POST + CODING + b"\r\nffffffffffffffff0\r\n", [400], True),
    ("a negative chunk", POST + CODING + b"\r\n-1\r\n", [400], True),
    ("chunks by line feeds", POST + CODING + b"\r\n10\n" + BODY + b"\n0\n\n", [400], True),
    ("trailers", POST + CODING + b"\r\n" + CHUNKED[:-2] + b"X: y\r\n\r\n", [200], False),
    (
        "trailers without end",
        POST + CODING + b"\r\n" + CHUNKED[:-2] + b"X: yyyyyyyyyyyyyyyyyyyyy\r\n" * 2000,
        [400],
        True,
    ),
    ("a body that nobody wants", GET + HOST + b"Content-Length: 3\r\n\r\nabc" + GET + LAST, [200, 200], False),
    ("Connection: Close", GET + HOST + b"Connection: Close\r\n\r\n" + GET + LAST, [200], True),
    ("Connection: a list", GET + HOST + b"Connection: x, close\r\n\r\n" + GET + LAST, [200], True),
]
# What is said of some: never in the words of the parser.
WORDS = {
    "sent ahead of what is none": "it begins with no method of HTTP, such as GET or POST",
    "TLS": "this server has no TLS: its URLs begin with http://",
    "two lengths": "it has two Content-Lengths, or one beside a Transfer-Encoding",
    "a length with a sign": "its Content-Length is not one whole number",
    "length and chunks": "its Transfer-Encoding stands beside a Content-Length",
    "chunks that are not last": "does not end with chunked",
    "a space before the colon": "a space before its colon",
    "NUL in a path": "what follows the method is no path",
    "a relative path": "what follows the method is no path",
    "bare line feeds": "its first line does not end with HTTP/1.1, or HTTP/1.0, and CR LF",
    "HTTP/3.1": "its first line does not end with HTTP/1.1, or HTTP/1.0, and CR LF",
    "HTTP/2": "it begins as one of HTTP/2, which this server does not speak",
    "a URL of another scheme": "a URL of the scheme ftp, and this server has those of http and https alone.",
}
STATUS = re.compile(rb"HTTP/1\.[01] (\d\d\d) ")


class ProtocolTests(ServerTestCase):
    """Requests byte by byte."""

    def exchange(self, data, count=None, patience=20):
        """Send bytes; return what comes until the end, or until so many answers, and whether that was the end."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.settimeout(patience)
            answer = b""
            try:
                connection.sendall(data)
                while count is None or len(STATUS.findall(answer)) < count:
                    part = connection.recv(1 << 16)
                    if not part:
                        return answer, True
                    answer += part
                connection.settimeout(0.02)  # one more would be here by now
                part = connection.recv(1 << 16)
                return answer + part, not part
            except TimeoutError:
                return answer, False
            except ConnectionError:
                return answer, True

    def test_cases(self):
        """Each has its answers; those that cannot be read are told why, and closed."""
        for name, data, statuses, is_closed in CASES:
            with self.subTest(name):
                answer, has_ended = self.exchange(data, None if is_closed else len(statuses))
                self.assertEqual([int(status) for status in STATUS.findall(answer)], statuses, answer[:500])
                self.assertEqual(has_ended, is_closed)
                if statuses[-1] >= 400 and not data.startswith(b"HEAD"):
                    error = json.loads(answer[answer.rindex(b"\r\n\r\n") :])["error"]
                    self.assertEqual(sorted(error), ["code", "message", "param", "type"])
                    self.assertIn(WORDS.get(name, ""), error["message"])
                    self.assertNotRegex(error["message"], "_parser|-parser|: (invalid|unexpected|unknown)")
        self.check_answers()

    def test_old_streams(self):
        """HTTP/1.0 knows no chunks: the stream is the body, and its end that of the connection."""
        body = b'{"prompt":"So","max_tokens":3,"stream":true}'
        head = b"POST /v1/completions HTTP/1.0\r\n" + KEYED + b"Content-Length: %d\r\n\r\n" % len(body)
        answer, has_ended = self.exchange(head + body)
        self.assertTrue(has_ended)
        head, _, events = answer.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.0 200"), head)
        self.assertNotIn(b"chunked", head)
        self.assertTrue(events.startswith(b"data: {") and events.endswith(b"data: [DONE]\n\n"), events)

    def test_mutations(self):
        """Requests with random damage: an answer or the end, and nobody else is harmed."""
        chance = random.Random(20)
        parts = [case[1] for case in CASES if len(case[1]) < 1000]
        odd = [b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"\xff", b"\r\n\r\n", b"chunked", b"HTTP/1.1", b"-", b"9" * 30]
        for _ in range(1500):
            data = bytearray(b"".join(chance.choices(parts, k=chance.randint(1, 3))))
            for _ in range(chance.randint(1, 6)):
                if not data:  # all of it is deleted
                    break
                place = chance.randrange(len(data))
                kind = chance.random()
                if kind < 0.4:
                    data[place] = chance.randrange(256)
                elif kind < 0.7:
                    data[place:place] = chance.choice(odd)
                else:
                    del data[place : place + chance.randint(1, 20)]
            with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
                connection.settimeout(20)
                try:
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
                    while part := connection.recv(1 << 16):
                        self.assertNotIn(b"HTTP/1.1 5", part, bytes(data))
                except ConnectionError:
                    pass
        self.server.wait_idle()
        self.check_answers()


if __name__ == "__main__":
    unittest.main()
