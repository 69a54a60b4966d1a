"""The page of the server, in Chromium by playwright, and judged by axe.

GPT2_GPU_CHROMIUM is the browser, else chromium.
Nothing waits for seconds: everything for a sign on the page.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import unittest
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from support import PROGRAM

CHROMIUM = os.environ.get("GPT2_GPU_CHROMIUM") or shutil.which("chromium")
TIMEOUT = 60_000  # Milliseconds, for a machine that has much else to do.


class Server:
    """A server of the demo model on a port of its own."""

    def __init__(self, key=None):
        """Start it; it listens when it has said where."""
        variables = {**os.environ, **({"GPT2_GPU_API_KEY": key} if key else {})}
        command = [PROGRAM, "serve", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables)
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        """End it."""
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class PageTestCase(unittest.TestCase):
    """A browser and a server for all tests, and a page for each."""

    key = None

    @classmethod
    def setUpClass(cls):
        """Start both."""
        if not CHROMIUM:
            raise AssertionError("There is no chromium: '.ci/setup server' installs it.")
        cls.server = Server(cls.key)
        cls.addClassCleanup(cls.server.stop)
        cls.playwright = sync_playwright().start()
        cls.addClassCleanup(cls.playwright.stop)
        cls.browser = cls.playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        cls.addClassCleanup(cls.browser.close)

    def open(self, path="", ready=True, context=None, **options):
        """Open the page, and note what goes wrong in it."""
        context = context or self.browser.new_context(**{"reduced_motion": "reduce", **options})
        self.addCleanup(context.close)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        expect.set_options(timeout=TIMEOUT)
        self.complaints, self.sent = [], []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("request", self.note)
        page.goto(f"{self.server.url}/{path}")
        if ready:
            expect(page.locator("#status")).to_have_attribute("data-state", "ready")
        return page

    def note(self, request):
        """Note a request: of other hosts there must be none."""
        if not request.url.startswith(f"{self.server.url}/"):
            self.complaints.append(f"another host: {request.url}")
        if request.method == "POST":
            self.sent.append(json.loads(request.post_data))

    def write(self, page):
        """Have the texts written."""
        page.click("#write")
        expect(page.locator("#texts article")).not_to_have_count(0)
        expect(page.locator("#texts")).to_have_attribute("aria-busy", "false")

    def check_axe(self, page):
        """Have axe look for what keeps people out."""
        results = Axe().run(page)
        self.assertEqual(results.violations_count, 0, results.generate_report())


class PageTests(PageTestCase):
    """The page of a server without a key."""

    def test_texts_stream(self):
        """Five texts come in pieces, and are those of the request that the curl line shows."""
        page = self.open()
        self.assertEqual(page.input_value("#prompt"), "My dream is")
        self.write(page)
        bodies = page.locator("#texts .body")
        expect(bodies).to_have_count(5)
        for index in range(5):
            self.assertGreater(bodies.nth(index).locator(".new").count(), 5)
            expect(page.locator("#texts .end").nth(index)).to_have_text(re.compile(r"tokens · (length|end)"))
        expect(page.locator("#summary")).to_contain_text("tokens/s")
        curl = page.locator("#curl").text_content()
        body = curl.split("-d '", 1)[1].removesuffix("'").replace("'\\''", "'").encode()
        request = urllib.request.Request(
            f"{self.server.url}/v1/completions", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            choices = json.load(answer)["choices"]
        for choice in choices:
            self.assertEqual(bodies.nth(choice["index"]).text_content(), "My dream is" + choice["text"])
        self.assertEqual(self.complaints, [])

    def test_stop_and_reroll(self):
        """Stopping keeps what is there; rerolling has another seed, and a kept seed the same texts."""
        page = self.open()
        page.locator("#samples").fill("8")
        page.locator("#settings summary").click()
        page.fill("[data-field=max_new_tokens]", "240")
        page.fill("[data-field=min_p]", "0.01")
        # In the page, so that no slow machine is late for it.
        page.evaluate(
            "() => new MutationObserver((_, it) => { if (!document.querySelector('.new')) return; it.disconnect();"
            " dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })) })"
            ".observe(document.getElementById('texts'), { childList: true, subtree: true })"
        )
        self.write(page)
        expect(page.locator("#texts .end", has_text="stopped")).not_to_have_count(0)
        expect(page.locator("#announcement")).to_contain_text("stopped")

        page.locator("#samples").fill("2")
        page.fill("[data-field=max_new_tokens]", "8")
        self.write(page)
        first = page.locator("#texts").inner_text()
        page.click("#keep-seed")
        self.write(page)
        self.assertEqual(page.locator("#texts").inner_text(), first)
        page.click("#reroll")
        expect(page.locator("#seed")).to_have_value("")
        expect(page.locator("#texts")).to_have_attribute("aria-busy", "false")
        seeds = [body["seed"] for body in self.sent]
        self.assertEqual(seeds[1], seeds[2])
        self.assertNotIn(seeds[3], seeds[:3])
        self.assertEqual(self.complaints, [])

    def test_settings(self):
        """Only what differs is sent; it is kept for the next visit, until it is reset."""
        page = self.open("?text=ROMEO:")
        self.assertEqual(page.input_value("#prompt"), "ROMEO:")
        page.locator("#settings summary").click()
        page.fill("[data-field=temperature]", "0.5")
        page.fill("[data-field=max_new_tokens]", "4")
        page.fill("[data-field=stop]", "zz\\n")
        page.check("[data-field=greedy]")
        self.write(page)
        expect(page.locator("#texts article")).to_have_count(1)  # Greedy texts would be the same.
        sent = self.sent[-1]
        for name, value in {"temperature": 0.5, "max_new_tokens": 4, "stop": ["zz\n"], "greedy": True, "n": 1}.items():
            self.assertEqual(sent[name], value)
        self.assertNotIn("top_p", sent)

        page.reload()
        expect(page.locator("#changed")).to_have_text("4 changed")
        page.locator("#settings summary").click()
        self.assertEqual(page.input_value("[data-field=temperature]"), "0.5")
        page.click("#reset")
        expect(page.locator("#changed")).to_have_text("")
        self.assertFalse(page.is_checked("[data-field=greedy]"))

        page.fill("[data-field=top_p]", "3")
        page.locator("#settings summary").click()
        page.click("#write")
        expect(page.locator("#settings")).to_have_attribute("open", "")
        self.assertEqual(len(self.sent), 1)  # What cannot be is not sent.
        self.assertEqual(self.complaints, [])

    def test_keyboard_alone(self):
        """Everything can be reached and used, and what has the focus can be seen."""
        page = self.open()
        reached = []

        def walk(to):
            for _ in range(60):
                page.keyboard.press("Tab")
                focus = page.evaluate(
                    "(() => { const e = document.activeElement, s = getComputedStyle(e);"
                    " return [e.id || e.dataset.field || e.textContent.trim(), s.outlineStyle, e.id == 'prompt'] })()"
                )
                reached.append(focus[0])
                self.assertTrue(focus[1] != "none" or focus[2], focus)
                if focus[0].startswith(to):
                    return
            self.fail(f"{to} is not reached: {reached}")

        walk("prompt")
        page.keyboard.press("Control+A")
        page.keyboard.type("The king")
        walk("samples")
        page.keyboard.press("Home")
        walk("Settings")
        page.keyboard.press("Enter")
        walk("max_new_tokens")
        page.keyboard.type("6")
        walk("greedy")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#texts article")).to_have_count(1)
        expect(page.locator("#texts")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#announcement")).to_contain_text("finished")
        walk("reroll")
        page.keyboard.press("Enter")
        walk("Continue")
        expect(page.locator("#texts")).to_have_attribute("aria-busy", "false")
        text = page.locator("#texts .body").text_content()
        page.keyboard.press("Enter")
        expect(page.locator("#prompt")).to_have_value(text)
        expect(page.locator("#prompt")).to_be_focused()
        self.assertEqual(self.complaints, [])

    def test_axe(self):
        """No violation: either scheme, narrow and wide, with nothing and with everything open."""
        for scheme, width in [("light", 360), ("dark", 1440), ("dark", 360), ("light", 768)]:
            with self.subTest(scheme=scheme, width=width):
                page = self.open(color_scheme=scheme, viewport={"width": width, "height": 800})
                self.check_axe(page)
                page.locator("#settings summary").click()
                page.fill("[data-field=max_new_tokens]", "8")
                self.write(page)
                page.locator("#results summary").click()
                self.check_axe(page)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                background = page.evaluate("getComputedStyle(document.body).backgroundColor")
                page.click("#scheme")
                self.assertNotEqual(page.evaluate("getComputedStyle(document.body).backgroundColor"), background)
                self.check_axe(page)
                self.assertEqual(self.complaints, [])

    def test_waiting(self):
        """A model that is still loading, and a queue that is full: the page says so, and asks again."""
        context = self.browser.new_context()
        answers = {
            "**/health": (503, {"status": "loading"}),
            "**/v1/completions": (429, {"error": {"message": "The queue is full.", "type": "overloaded_error"}}),
        }

        def answer(path, route):
            """Answer as long as it is said what, then as the server does."""
            if path not in answers:
                return route.continue_()
            status, body = answers[path]
            return route.fulfill(status=status, json=body, headers={"Retry-After": "1"})

        for path in list(answers):
            context.route(path, functools.partial(answer, path))
        page = self.open(ready=False, context=context)
        expect(page.locator("#status")).to_contain_text("Loading the model")
        del answers["**/health"]
        expect(page.locator("#status")).to_have_attribute("data-state", "ready")
        page.click("#write")
        expect(page.locator("#error")).to_have_text("The queue is full. Asking again in 1 s.")
        del answers["**/v1/completions"]
        expect(page.locator("#texts .new").first).to_be_attached()
        expect(page.locator("#error")).to_be_hidden()
        expect(page.locator("#texts")).to_have_attribute("aria-busy", "false")
        answers["**/v1/completions"] = (400, {"error": {"message": "'temperature' must be more sensible."}})
        page.click("#write")
        expect(page.locator("#error")).to_have_text("'temperature' must be more sensible.")


class KeyTests(PageTestCase):
    """The page of a server with a key."""

    key = "open sesame"

    def test_refused_storage(self):
        """In a browser that keeps nothing the page asks for the key, and works until it is left."""
        refuse = "Object.defineProperty(window, '{}', {{ get() {{ throw new DOMException('', 'SecurityError') }} }})"
        context = self.browser.new_context(reduced_motion="reduce")
        for name in ("localStorage", "sessionStorage"):
            context.add_init_script(refuse.format(name))
        page = self.open(ready=False, context=context)
        page.fill("#key", self.key)
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_have_attribute("data-state", "ready")
        page.locator("#samples").fill("2")
        page.click("#scheme")
        self.write(page)
        expect(page.locator("#texts .new")).not_to_have_count(0)
        self.assertEqual([line for line in self.complaints if "401" not in line], [])

    def test_key(self):
        """The page asks for the key, says when it is wrong, and keeps it for the tab alone."""
        page = self.open(ready=False)
        expect(page.locator("#key")).to_be_focused()
        self.assertTrue(page.is_disabled("#write"))
        self.check_axe(page)
        page.keyboard.type("open barley")
        page.keyboard.press("Enter")
        expect(page.locator("#error")).to_contain_text("does not know this key")
        page.fill("#key", self.key)
        page.keyboard.press("Enter")
        expect(page.locator("#status")).to_have_attribute("data-state", "ready")
        expect(page.locator("#key-box")).to_be_hidden()
        self.write(page)
        expect(page.locator("#texts .new")).not_to_have_count(0)
        self.assertNotIn(self.key, page.locator("#curl").text_content())
        self.assertEqual(page.evaluate("Object.values(localStorage).join().includes('sesame')"), False)
        # A browser writes a line about each 401; there must be no other.
        self.assertEqual([line for line in self.complaints if "401" not in line], [])


if __name__ == "__main__":
    unittest.main()
