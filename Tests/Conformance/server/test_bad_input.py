"""Whatever is wrong is refused with an error object, and a good request answers afterwards."""

import json
import unittest

from support import ServerTestCase

LONG = "x" * 20_000
# Values that no field takes, and some that only some do.
HOSTILE = [True, -1, 1.5, 10**30, -(2**63), "x", "", [], {}, [None], ["x", 1], [[]], {"a": {}}, "\ud800", LONG]
FIELDS = """
    prompt max_tokens temperature top_p n best_of logprobs echo stop seed presence_penalty frequency_penalty logit_bias
    suffix stream stream_options model top_k min_p typical_p repetition_penalty no_repeat_ngram_size min_tokens
    ignore_eos stop_token_ids allowed_token_ids include_stop_str_in_output truncate_prompt_tokens return_token_ids
    parse_special preset num_beams length_penalty early_stopping max_length bad_word suppress_tokens sequence_bias
    greedy top_h epsilon_cutoff eta_cutoff exponential_decay_length_penalty forced_bos_token_id forced_eos_token_id
    prefix
""".split()
NEVER = {  # beyond each range
    "max_tokens": [-1, 0, 2**40],
    "temperature": [-1, -1e-300],
    "top_p": [-0.1, 0, 1.1],
    "n": [0, -1, 65, 2**62],
    "best_of": [0, 65],
    "logprobs": [-1, 21],
    "presence_penalty": [-2.1, 2.1],
    "frequency_penalty": [-2.1, 2.1],
    "logit_bias": [{"5": 101}, {"5": -101}, {"99999": 1}, {"-1": 1}, {"x": 1}, {"5": "x"}, {"1e1": 1}],
    "stop_token_ids": [[99999], [-1]],
    "allowed_token_ids": [[99999]],
    "suppress_tokens": [[99999]],
    "prompt": [[99999], [[1], [99999]], ["a"] * 65, ["a", [1]], [[[1]]]],
    "num_beams": [0, 65],
    "repetition_penalty": [0, -1],
    "seed": [-1, 2**64],
    "stop": [["a"] * 65],
}
BODIES = [
    (b"", "invalid_json"),
    (b"{", "invalid_json"),
    (b"[]", "invalid_json"),
    (b"null", "invalid_json"),
    (b"{}{}", "invalid_json"),
    (b'{"prompt":"\xff\xfe"}', "invalid_json"),
    (b'{"prompt":"a","prompt":"b"}', "invalid_value"),
    (b'{"prompt":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "invalid_json"),
    (b'{"prompt":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}", "invalid_json"),
    (b'{"prompt":"a","temperature":NaN}', "invalid_value"),
    (b'{"prompt":"a","temperature":1e999}', "invalid_value"),
    (b'{"prompt":"a","max_tokens":1e999}', "invalid_value"),
    (b'{"prompt":"a","' + b"y" * 1000 + b'":1}', "unknown_field"),
    (b'{"prompt":"a","maxtokens":1}', "unknown_field"),
    (b'{"prompt":"' + b"a " * 300_000 + b'"}', "context_length_exceeded"),
    (b'{"prompt":"a","max_tokens":5000}', "context_length_exceeded"),
]


class BadInputTests(ServerTestCase):
    """Bodies, fields, paths, methods, headers."""

    def check_refused(self, status, answer, data):
        """Make sure that a refusal is one, in OpenAI's form."""
        self.assertIn(status, range(400, 500), f"{data!r:.300}: {answer!r:.300}")
        self.assertEqual(sorted(answer["error"]), ["code", "message", "param", "type"], f"{data!r:.200}")
        self.assertLess(len(answer["error"]["message"]), 1000)

    def test_bodies(self):
        """What is no request."""
        for data, code in BODIES:
            with self.subTest(data=data[:60]):
                status, answer = self.server.post("/v1/completions", data)
                self.check_refused(status, answer, data)
                self.assertEqual(answer["error"]["code"], code)
        self.check_answers()

    def test_fields(self):
        """Every field with every value: an answer, or a refusal."""
        connection = self.server.connection()
        for field in FIELDS:
            for value in HOSTILE + NEVER.get(field, []):
                data = json.dumps({"prompt": "So", "max_tokens": 2} | {field: value})
                headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
                connection.request("POST", "/v1/completions", data, headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    self.check_refused(answer.status, json.loads(body), data)
                elif any(value is never for never in NEVER.get(field, [])):
                    self.fail(f"{field}: {value!r:.100} was taken")
        connection.close()
        self.check_answers()

    def test_counts(self):
        """What none may be names its field, by the name that was used, and the range that holds."""
        for fields, sentence in [
            ({"n": 0}, "'n' must be from 1 to 64, found 0."),
            ({"n": 0, "prompt": ["a", "b"]}, "'n' must be from 1 to 32 for 2 prompts, found 0."),
            ({"best_of": -1}, "'best_of' must be from 1 to 64, found -1."),
            ({"num_beams": 0}, "'num_beams' must be from 1 to 64, found 0."),
            ({"max_new_tokens": 0}, "'max_new_tokens' must be from 1 to 1000000000, found 0."),
            ({"min_tokens": -1}, "'min_tokens' must be from 0 to 1000000000, found -1."),
            ({"logprobs": -1}, "'logprobs' must be from 0 to 20, found -1."),
        ]:
            with self.subTest(fields=fields):
                status, answer = self.server.post("/v1/completions", {"prompt": "So"} | fields)
                self.check_refused(status, answer, fields)
                self.assertEqual((status, answer["error"]["param"]), (400, next(iter(fields))))
                self.assertEqual(answer["error"]["message"], sentence)

    def test_other_routes(self):
        """Tokens, and text-generation-inference's form."""
        for body in ({}, {"prompt": 1}, {"prompt": "a", "x": 1}, []):
            self.check_refused(*self.server.post("/tokenize", body), body)
        for body in ({}, {"tokens": [99999]}, {"tokens": "a"}, {"tokens": [1.5]}):
            self.check_refused(*self.server.post("/detokenize", body), body)
        for ids, found in ([[99999], "99999"], [[1, -1], "-1"], [[1.5], "1.5"], [[10**12], "1000000000000"]):
            error = self.server.post("/detokenize", {"tokens": ids})[1]["error"]
            end = f"from 0 to 2047, but its element {len(ids) - 1} is {found}."
            self.assertEqual((error["param"], error["message"]), ("tokens", "'tokens' must be a list of token ids " + end))
        for body in ({}, {"inputs": ""}, {"inputs": "a", "parameters": {"top_p": 7}}, {"inputs": ["a"]}, []):
            status, answer = self.server.post("/generate", body)
            self.assertEqual(
                (status, answer["error_type"], sorted(answer)), (422, "validation", ["error", "error_type"])
            )
        self.check_answers()

    def test_paths(self):
        """Long, odd, unknown; other methods."""
        for method, path, expected in [
            ("GET", "/" + LONG, 431),
            ("GET", "/nothing", 404),
            ("GET", "/v1/models/../../etc/passwd", 404),
            ("GET", "/v1/models/%2e%2e%2f", 404),
            ("GET", "/v1/models/%ff", 404),
            ("GET", "/v1/completions", 405),
            ("DELETE", "/v1/models", 405),
            ("TRACE", "/health", 405),
        ]:
            with self.subTest(method=method, path=path[:40]):
                self.assertEqual(self.server.send(method, path)[0], expected)
        self.check_answers()

    def test_large_bodies(self):
        """More than a body may have, said and unsaid."""
        data = json.dumps({"prompt": "a" * (2 << 20)}).encode()
        status, headers, answer = self.server.send("POST", "/v1/completions", data)
        self.check_refused(status, json.loads(answer), b"2 MB")
        self.assertEqual((status, json.loads(answer)["error"]["code"]), (413, "body_too_large"))
        self.check_answers()

    def test_strangers(self):
        """Without the key, of another host, of another origin."""
        body = json.dumps({"prompt": "a"}).encode()
        for headers, expected in [
            ({"Authorization": "Bearer wrong"}, 401),
            ({"Authorization": "x"}, 401),
            ({"Host": "evil.example"}, 403),
            ({"Origin": "http://evil.example", "Content-Type": "text/plain"}, None),
        ]:
            status, _, answer = self.server.send("POST", "/v1/completions", body, **headers)
            self.check_refused(status, json.loads(answer), headers)
            if expected:
                self.assertEqual(status, expected)
        self.assertEqual(self.server.send("GET", "/health", Authorization="")[0], 200)
        self.check_answers()


if __name__ == "__main__":
    unittest.main()
