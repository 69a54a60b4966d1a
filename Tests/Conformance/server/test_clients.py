"""Clients built on others: litellm, LangChain, huggingface_hub's for text-generation-inference."""

import unittest

from huggingface_hub import InferenceClient
from huggingface_hub.errors import UnknownError, ValidationError

from support import KEY, ServerTestCase

PROMPT = "My dream is"


class LiteLLMTests(ServerTestCase):
    """Whole and streamed."""

    def test_text_completion(self):
        """The texts are those of a plain request."""
        import litellm

        model = self.server.complete(prompt="So", max_tokens=1)["model"]
        fields = {"model": f"text-completion-openai/{model}", "prompt": PROMPT, "max_tokens": 12, "seed": 5}
        fields |= {"api_base": self.server.url + "/v1", "api_key": KEY}
        wanted = self.server.complete(prompt=PROMPT, max_tokens=12, seed=5, n=2)["choices"]
        answer = litellm.text_completion(**fields, n=2)
        self.assertEqual([choice.text for choice in answer.choices], [choice["text"] for choice in wanted])
        parts = [event.choices[0].text for event in litellm.text_completion(**fields, stream=True)]
        self.assertEqual("".join(part or "" for part in parts), wanted[0]["text"])


class LangChainTests(ServerTestCase):
    """Whole, streamed, many."""

    def test_completions(self):
        """It sends null for what it does not say."""
        from langchain_openai import OpenAI

        model = self.server.complete(prompt="So", max_tokens=1)["model"]
        client = OpenAI(
            base_url=self.server.url + "/v1", api_key=KEY, model=model, max_tokens=8, temperature=0, max_retries=0
        )
        wanted = self.server.complete(prompt=PROMPT, max_tokens=8, temperature=0)["choices"][0]["text"]
        self.assertEqual(client.invoke(PROMPT), wanted)
        self.assertEqual("".join(client.stream(PROMPT)), wanted)
        texts = client.generate([PROMPT, "So"]).generations
        self.assertEqual([len(texts), texts[0][0].text], [2, wanted])


class TextGenerationTests(ServerTestCase):
    """InferenceClient.text_generation."""

    def setUp(self):
        """Make the client."""
        self.client = InferenceClient(model=self.server.url, token=KEY)

    def test_details(self):
        """Tokens with the text, streamed as whole."""
        fields = {"max_new_tokens": 12, "seed": 3, "do_sample": True, "stop": ["zzz"]}
        whole = self.client.text_generation(PROMPT, details=True, decoder_input_details=True, **fields)
        self.assertEqual("".join(token.text for token in whole.details.tokens), whole.generated_text)
        self.assertEqual((whole.details.generated_tokens, whole.details.seed), (12, 3))
        self.assertEqual("".join(token.text for token in whole.details.prefill), PROMPT)
        events = list(self.client.text_generation(PROMPT, details=True, stream=True, **fields))
        self.assertEqual("".join(event.token.text for event in events), whole.generated_text)
        self.assertEqual(events[-1].generated_text, whole.generated_text)
        self.assertEqual(events[-1].details.finish_reason, whole.details.finish_reason)
        self.assertEqual([event.token.id for event in events], [token.id for token in whole.details.tokens])

    def test_texts(self):
        """The likeliest tokens, unless drawn; with the prompt where asked."""
        text = self.client.text_generation(PROMPT, max_new_tokens=8)
        self.assertEqual(text, self.server.complete(prompt=PROMPT, max_tokens=8, temperature=0)["choices"][0]["text"])
        self.assertEqual(self.client.text_generation(PROMPT, max_new_tokens=8, return_full_text=True), PROMPT + text)
        self.assertEqual("".join(self.client.text_generation(PROMPT, max_new_tokens=8, stream=True)), text)

    def test_errors(self):
        """A wrong value is a validation error; a stranger is sent away."""
        with self.assertRaises(ValidationError):
            self.client.text_generation(PROMPT, temperature=-1.0)
        with self.assertRaises(UnknownError):
            InferenceClient(model=self.server.url, token="wrong").text_generation(PROMPT)


if __name__ == "__main__":
    unittest.main()
