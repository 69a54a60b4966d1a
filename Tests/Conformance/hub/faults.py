"""What can go wrong between the local Hub and its clients.

A fault is KIND[=VALUE][,match=REGEX][,times=N][,skip=N][,seconds=S][,bytes=B]; REGEX is searched for in "METHOD /path",
and paths of the CDN begin with /cdn/. The first that fits acts:
  status=CODE     answers CODE with B bytes; after S seconds again  html        answers 200 with a login page
  cut=N           closes the connection after N bytes of the body   reset=N     the same with a TCP reset
  stall=N         says nothing more after N bytes                   slow=N      sends N bytes a second
  corrupt=N       flips the byte at offset N of the file            short=N     serves only N bytes, as if all
  hash=TEXT       lists another hash                                size=N      lists another size
  ignore-range    answers 200 and everything to a Range             wrong-range  206 from another offset
  no-length       ends by closing, without Content-Length           redirect=URL   redirects there
  names           lists files that lead out of the repository       disconnect  closes without an answer
"""

import re


class Fault:
    """Something that goes wrong, for requests that fit."""

    def __init__(self, spec):
        """Read SPEC."""
        head, *options = spec.split(",")
        self.kind, _, self.value = head.partition("=")
        values = dict(option.split("=", 1) for option in options)
        self.match = re.compile(values.pop("match", ""))
        self.times = int(values.pop("times", 1 << 60))
        self.skip = int(values.pop("skip", 0))
        self.seconds = int(values.pop("seconds", 0))
        self.bytes = int(values.pop("bytes", 7))  # of the body of a status
        assert not values, spec

    def takes(self, request):
        """Whether it acts on this request."""
        if not self.times or not self.match.search(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True
