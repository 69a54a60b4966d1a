"""The openai package's client."""

import unittest

import openai

from support import KEY, ServerTestCase, server

PROMPT = "My dream is"


class OpenAITests(ServerTestCase):
    """Its completions, streams, errors and models."""

    @classmethod
    def setUpClass(cls):
        """Make the client."""
        cls.client = openai.OpenAI(base_url=server().url + "/v1", api_key=KEY, max_retries=0)
        cls.model = cls.client.models.list().data[0].id

    def create(self, **fields):
        """Ask for completions."""
        return self.client.completions.create(**{"model": self.model, "prompt": PROMPT} | fields)

    def test_choices(self):
        """N choices of one seed differ, and come again."""
        answer = self.create(n=5, max_tokens=20, seed=7)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1, 2, 3, 4])
        texts = [choice.text for choice in answer.choices]
        self.assertEqual(len(set(texts)), 5)
        self.assertEqual(texts, [choice.text for choice in self.create(n=5, max_tokens=20, seed=7).choices])
        self.assertNotEqual(texts, [choice.text for choice in self.create(n=5, max_tokens=20, seed=8).choices])
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
        self.assertEqual(answer.system_fingerprint, self.create(max_tokens=1).system_fingerprint)

    def test_echo_and_log_probabilities(self):
        """The arrays have one length, offsets are places in the text."""
        choice = self.create(echo=True, logprobs=2, max_tokens=6, seed=1).choices[0]
        lists = choice.logprobs
        self.assertTrue(choice.text.startswith(PROMPT))
        lengths = {len(part) for part in (lists.tokens, lists.token_logprobs, lists.top_logprobs, lists.text_offset)}
        self.assertEqual(len(lengths), 1)
        self.assertIsNone(lists.token_logprobs[0])
        for token, offset in zip(lists.tokens, lists.text_offset, strict=True):
            self.assertEqual(choice.text[offset : offset + len(token)], token)
        for own, top in zip(lists.token_logprobs[1:], lists.top_logprobs[1:], strict=True):
            self.assertIn(own, top.values())
        scored = self.create(echo=True, logprobs=2, max_tokens=0).choices[0].logprobs
        self.assertEqual(scored.token_logprobs, lists.token_logprobs[: len(scored.tokens)])

    def test_stream(self):
        """Events joined are the whole answer, with its usage."""
        fields = {"n": 3, "max_tokens": 30, "seed": 3, "logprobs": 1, "echo": True, "stop": ["the"]}
        whole = self.create(**fields)
        texts, tokens, ends, usage = {}, {}, {}, None
        for event in self.create(**fields, stream=True, stream_options={"include_usage": True}):
            usage = event.usage or usage
            for choice in event.choices:
                self.assertNotIn(choice.index, ends)
                texts[choice.index] = texts.get(choice.index, "") + choice.text
                tokens.setdefault(choice.index, []).extend(choice.logprobs.text_offset if choice.logprobs else [])
                if choice.finish_reason:
                    ends[choice.index] = choice.finish_reason
        self.assertEqual(texts, {choice.index: choice.text for choice in whole.choices})
        self.assertEqual(tokens, {choice.index: choice.logprobs.text_offset for choice in whole.choices})
        self.assertEqual(ends, {choice.index: choice.finish_reason for choice in whole.choices})
        self.assertEqual(usage, whole.usage)

    def test_many_prompts(self):
        """Choices are numbered through; the best of several come."""
        answer = self.create(prompt=[PROMPT, "So", PROMPT], n=2, max_tokens=5, seed=1)
        texts = [choice.text for choice in answer.choices]
        self.assertEqual((len(texts), texts[:2]), (6, texts[4:]))
        best = self.create(best_of=4, n=2, max_tokens=5, seed=1, logprobs=0).choices
        means = [sum(choice.logprobs.token_logprobs) / len(choice.logprobs.tokens) for choice in best]
        self.assertEqual(means, sorted(means, reverse=True))

    def test_errors(self):
        """Each has its class, with the field's name."""
        with self.assertRaises(openai.BadRequestError) as raised:
            self.create(max_tokens=-1)
        self.assertEqual((raised.exception.param, raised.exception.code), ("max_tokens", "invalid_value"))
        self.assertTrue(raised.exception.request_id)
        with self.assertRaises(openai.NotFoundError):
            self.create(model="gpt-5")
        with self.assertRaises(openai.NotFoundError):
            self.client.models.retrieve("org/other")
        self.assertEqual(self.client.models.retrieve(self.model).id, self.model)
        stranger = openai.OpenAI(base_url=server().url + "/v1", api_key="wrong", max_retries=0)
        with self.assertRaises(openai.AuthenticationError):
            stranger.models.list()


if __name__ == "__main__":
    unittest.main()
