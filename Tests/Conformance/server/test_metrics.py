"""Prometheus's own parser reads the metrics, and their counters are the sum of what answers say."""

import concurrent.futures
import unittest

from support import ServerTestCase


class MetricsTests(ServerTestCase):
    """Counters and gauges."""

    def test_counters(self):
        """Tokens, requests and ends are counted once each."""
        names = ["prompt_tokens_total", "generated_tokens_total", "requests_total", "completions_total"]
        before = [self.server.total(name) for name in names]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda n: self.server.complete(prompt=["a", "b"], n=n, max_tokens=3 * n), [1, 2, 3, 4] * 5)
            )
        self.server.wait_idle()
        after = [self.server.total(name) for name in names]
        prompts, new, requests, ends = (now - then for now, then in zip(after, before, strict=True))
        self.assertEqual(prompts, sum(answer["usage"]["prompt_tokens"] for answer in answers))
        self.assertEqual(new, sum(answer["usage"]["completion_tokens"] for answer in answers))
        self.assertEqual(ends, sum(len(answer["choices"]) for answer in answers))
        self.assertGreaterEqual(requests, len(answers))

    def test_names(self):
        """What a dashboard needs is there."""
        names = {name for name, _ in self.server.metrics()}
        for name in (
            *("info", "requests_running", "requests_waiting", "rows_running", "kv_pages_used", "kv_pages"),
            *("time_to_first_token_seconds_bucket", "request_seconds_count", "connections_open"),
        ):
            self.assertIn("gpt2_gpu_" + name, names)
        self.assertLessEqual({"process_resident_memory_bytes", "process_cpu_seconds_total"}, names)


if __name__ == "__main__":
    unittest.main()
