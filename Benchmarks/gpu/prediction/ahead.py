"""Weights that launches ask for ahead of those that read them: DRAM brings them to the second-level cache meanwhile."""


class Stream:
    """The order in which weights come: what was asked for first is read first.

    What a launch asks for ahead comes behind its own data. A unit holds `ahead_under_way` bytes of it: when the last of
    its groups has asked for the rest, the launch ends, and these go on.
    """

    def __init__(self, device):
        """Nothing is under way."""
        self.device, self.now, self.busy, self.cached = device, 0.0, 0.0, 0.0

    def begin(self):
        """A step: what was asked for before it has come."""
        self.now = self.busy = 0.0

    def take(self, size):
        """How many of the bytes of weights that a launch reads are in the cache, and the seconds until DRAM is free."""
        taken = min(self.cached, size)
        self.cached -= taken
        return taken, max(0.0, self.busy - self.now)

    def run(self, prediction, asked, groups):
        """Adds a launch that asks for `asked` bytes ahead, by so many `groups`."""
        device, units = self.device, min(groups, self.device.units)
        end = self.now + prediction.seconds
        if asked:
            rate = min(device.bandwidth * device.bandwidth_share, units * device.ahead_under_way / device.dram_latency)
            own = self.now + prediction.before + prediction.dram
            begin = max(self.now + prediction.ahead, self.busy, own)
            self.busy, self.cached = begin + device.dram_latency + asked / rate, self.cached + asked
            prediction.asking = max(0.0, self.busy - units * device.ahead_under_way / rate - device.dram_latency - end)
            prediction.ahead_bytes = asked
        self.now = end + prediction.asking + device.launch_gap
