"""Schemathesis tries what /openapi.json allows, and what it forbids."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import KEY, ServerTestCase


class SchemaTests(ServerTestCase):
    """The document, and answers as it says."""

    def test_schemathesis(self):
        """No request makes the server fail, and every answer is one of the document's."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "openapi.json")
            path.write_bytes(self.server.get("/openapi.json")[1])
            self.assertEqual(json.loads(path.read_text())["openapi"], "3.1.0")
            run = subprocess.run(
                [
                    *(Path(sys.executable).parent / "schemathesis", "run", path, "--url", self.server.url),
                    *("--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "1"),
                    *("--checks", "not_a_server_error,status_code_conformance,response_schema_conformance"),
                    *("--header", f"Authorization: Bearer {KEY}", "--no-color", "--request-timeout", "30"),
                ],
                cwd=folder,
                capture_output=True,
                text=True,
            )
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.check_answers()


if __name__ == "__main__":
    unittest.main()
