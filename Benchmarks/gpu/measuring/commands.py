"""Runs commands within the limits of time, and writes what was found after each, so that no failure loses it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

FORMAT = "gpt2-gpu gpu 2"
GRACE, GRACE_SHARE = 4, 0.1  # seconds at most, and of its limit, for a command to say what it has found
MOST_OUTPUT = 64 << 20  # bytes of a command's output that are kept


class OutOfTime(Exception):
    """A command that was not begun: what is left of its part is left out."""


class Commands:
    """Runs commands one after the other, and holds the result."""

    def __init__(self, options, here):
        """Start the clock of --time-limit; `here` is the bundle's folder."""
        self.options, self.here, self.started = options, here, time.monotonic()
        self.deadline = self.started + options.time_limit  # of the part that runs
        # The program's; the peers bring their own libraries.
        self.environment, self.own_environment = dict(os.environ), dict(os.environ)
        self.unwritten = False
        self.saving = threading.RLock()  # rows come from threads that read, too
        self.result = {
            "format": FORMAT,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "arguments": sys.argv[1:],
            "machine": {},
            "driver": {},
            "builds": [],
            "devices": [],
            "doctor": None,
            "correctness": [],
            "products": [],
            "sweep": [],
            "tune": None,
            "parts": {},
            "problems": [],
            "commands": [],
        }

    def elapsed(self):
        """Return the seconds since the start."""
        return time.monotonic() - self.started

    def left(self):
        """Return the seconds that the part has left."""
        return self.deadline - time.monotonic()

    def save(self):
        """Write the result so far. Where it cannot be written, what was written before stays."""
        out = self.options.out
        with self.saving:
            self.result["seconds"] = round(self.elapsed(), 1)
            try:
                with open(out + ".part", "w") as file:
                    json.dump(self.result, file, indent=1)
                os.replace(out + ".part", out)
                self.unwritten = False
            except OSError as error:
                if not self.unwritten:
                    self.unwritten = True
                    self.problem(f"{out} cannot be written: {error.strerror}; the result is printed at the end instead")

    def problem(self, text):
        """Print a problem, and keep it in the result."""
        print("PROBLEM: " + text, file=sys.stderr, flush=True)
        with self.saving:
            self.result["problems"].append(text)
            self.save()

    def run(self, command, environment=None, accepts=(0,), limit=None, each=None):
        """Return the output of a command, also if it failed or took too long: then that is a problem.

        `each` is called with every line as it comes, by a thread of its own.
        """
        words = " ".join(os.path.basename(word) if os.sep in word else word for word in map(str, command))
        limit = min(self.options.command_limit, self.left(), limit or float("inf"))
        if limit <= 1:
            raise OutOfTime(words)
        print(f"[{self.elapsed():.0f} s] {words}", file=sys.stderr, flush=True)
        begin = time.monotonic()
        try:
            child = Child(command, environment or self.environment, each)
        except OSError as error:
            self.problem(f"{words}: {error}")
            return ""
        code = child.wait(limit)
        seconds = round(time.monotonic() - begin, 2)
        self.result["commands"].append({"command": words, "exit_code": code, "seconds": seconds})
        if code is None:
            self.problem(f"{words}: not done in {limit:.0f} s")
        elif code < 0:
            self.problem(f"{words}: ended by {signal_name(-code)}: {child.errors.strip()[-1500:]}")
        elif code not in accepts:
            self.problem(f"{words}: exit code {code}: {child.errors.strip()[-1500:]}")
        self.save()
        return child.output

    def ours(self, *arguments, accepts=(0,), limit=None, each=None):
        """Return the output of the program."""
        return self.run([self.options.program, *map(str, arguments)], accepts=accepts, limit=limit, each=each)


class Child:
    """A command in a group of its own, whose children end with it."""

    def __init__(self, command, environment, each=None):
        """Start the command."""
        pipes = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.process = subprocess.Popen(list(map(str, command)), **pipes, env=environment, start_new_session=True)
        self.lines, self.error_text, self.kept, self.each = [], [], 0, each
        self.readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines, each), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.error_text, None), daemon=True),
        ]
        for reader in self.readers:
            reader.start()

    def _read(self, pipe, lines, each):
        for line in pipe:
            text = line.decode(errors="replace")
            self.kept += len(line)
            if self.kept < MOST_OUTPUT:
                lines.append(text)
            if each:
                try:
                    each(text)
                except Exception as error:  # a line that is another than expected; the next may be right
                    self.error_text.append(f"{type(error).__name__}: {error}: {text[:200]}\n")

    def wait(self, limit):
        """Return the exit code, or None where the limit was reached; nothing of its group runs then.

        A little before, it is asked to end, so that it may say what it has found.
        """
        grace = min(GRACE, GRACE_SHARE * limit)
        try:
            return self.process.wait(limit - grace)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                pass
            return None
        finally:
            self.end()

    def end(self):
        """End what is left of the group."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for reader in self.readers:
            reader.join(2)

    @property
    def output(self):
        """What it has printed."""
        return "".join(self.lines)

    @property
    def errors(self):
        """What it has complained of."""
        return "".join(self.error_text)


def signal_name(number):
    """Return a signal's name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def parsed(text):
    """Return the documents of lines, without what a command could not finish."""
    documents = []
    for line in text.splitlines():
        try:
            documents.append(json.loads(line))
        except ValueError:
            pass
    return documents


def first(text, default):
    """Return the first document of lines, if it is of the default's type."""
    document = next(iter(parsed(text)), default)
    return document if default is None or isinstance(document, type(default)) else default
