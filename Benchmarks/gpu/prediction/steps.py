"""The predictions of a captured run: every launch of a step, its sums, and what fewer launches would be worth."""

import os
from collections import Counter
from dataclasses import dataclass, replace

from .ahead import Stream
from .capture import find_period, with_layers
from .chain.warp import chain_of, read_trace, work_of
from .machine import label_of
from .model import Prediction, fused, predict, sum_up

WEIGHTS = ("w", "weights")  # of STREAMED, those that may be asked for ahead
WEIGHT_BYTES = {"32": 4, "16": 2, "17": 2, "8": 1}


@dataclass
class Predicted:
    """A launch with its prediction."""

    label: str
    launch: object
    kernel: object
    prediction: Prediction
    product_flop: float  # of a product's rows by its matrix, without rows that are computed in vain
    unknown: list  # parameters of which much is read, and which are not known to come from DRAM


class Run:
    """A captured run of a model."""

    def __init__(self, device, programs, steps, model, precision, batch, prompt, more_layers=0):
        """Takes the steps of a capture: the kind that there is most of decodes, what is before it reads the prompts.

        As many layers as are missing, because the captured model has fewer, are like those in its middle.
        """
        self.device, self.programs = device, programs
        self.model, self.precision, self.batch, self.prompt = model, precision, batch, prompt
        self.more_layers = more_layers
        self.steps, self._known = steps, {}  # what does not depend on the launches before

    @property
    def name(self):
        """The run in words."""
        return f"{self.model} {self.precision}, batch {self.batch}"

    @property
    def context(self):
        """The fewest and the most tokens that a sequence has when all decode: the first to begin writes meanwhile."""
        return self.prompt, self.prompt + max(0, self._first_decoding() - 1)

    def _first_decoding(self):
        kinds = [tuple((launch.kernel, launch.work) for launch in step) for step in self.steps]
        return kinds.index(Counter(kinds).most_common(1)[0][0])

    def decode(self):
        """The launches of a step that writes a token a sequence."""
        return self._predicted(self.steps[self._first_decoding()])

    def prefill(self):
        """The launches of all steps until the first one that decodes; long prompts take several."""
        return [p for step in self.steps[: self._first_decoding()] for p in self._predicted(step)]

    def _predicted(self, step):
        stream = Stream(self.device)
        stream.begin()
        return [self._launch(launch, stream) for launch in with_layers(step, self.more_layers)]

    def _launch(self, launch, stream):
        if launch.key not in self._known:
            self._known[launch.key] = self._predict(launch)
        known = self._known[launch.key]
        found = known(stream) if callable(known) else replace(known, prediction=replace(known.prediction))
        names = self.programs.kernel(launch)[2]
        asked = 32.0 * launch.integer(names.index("aheadCount")) if "aheadCount" in names else 0.0
        stream.run(found.prediction, asked, launch.groups)
        return found

    def _predict(self, launch):
        """What a launch is; of what streams weights, a function of the stream."""
        kernel, code, names, streamed = self.programs.kernel(launch)
        path = f"{self.programs.folder}/traces/{launch.key}"
        if not os.path.exists(path):
            return self._untraced(launch, kernel, names, streamed)
        with open(path) as file:
            groups = read_trace(file)
        count = launch.groups
        if "tileCount" in names:  # the groups behind these only ask for weights
            count = count // launch.grid[2] * launch.integer(names.index("tileCount"))
            groups = [group for group in groups if group.number < count]
        work = work_of(code, groups)
        longest = max(groups, key=_length)
        under_way = max(16, kernel.under_way or 256)
        weights = {index for index in streamed if names[index] in WEIGHTS}
        local = kernel.local + launch.local
        on_unit = -(-count // self.device.units)
        together = min(on_unit, self.device.resident_groups(kernel.registers, launch.group_size, local))
        chain = chain_of(code, longest, self.device, streamed, under_way, (), together)
        cached_chain = chain_of(code, longest, self.device, streamed, under_way, weights, together)
        # Causal attention's groups have more and less to do.
        ends = [chain.end]
        if any(_length(group) != _length(longest) for group in groups):
            ends = [chain_of(code, group, self.device, streamed, under_way, (), together).end for group in groups]
        mean = sum(ends) / len(ends) / chain.end
        sizes = {index: readable(launch, names, index) for index in range(len(launch.arguments))}
        size = (count, launch.group_size, local)
        heavy = {a for a, loaded in work.loads.items() if loaded * launch.groups > 8 << 20 and a not in streamed}
        unknown = [names[a] for a in heavy if 0 <= a < len(names) and sizes.get(a, 0) > 8 << 20]
        flop = self._product_flop(launch, names, streamed)
        bytes_of_weights = sum(min(work.loads[index] * count, sizes[index]) for index in weights)

        def after(stream):
            cached, wait = stream.take(bytes_of_weights)
            between = chain.between(cached_chain, cached / bytes_of_weights if cached else 0.0)
            words = (work, between, sizes, streamed, code.scale, cached, wait, mean)
            prediction = predict(self.device, kernel, *size, *words)
            if "tileCount" in names:
                prediction.ahead = 0.0
            return Predicted(label_of(launch, names, streamed), launch, kernel, prediction, flop, unknown)

        return after

    def _untraced(self, launch, kernel, names, streamed):
        """Of groups that wait for one another there is no trace: the time of the matrices alone, which is a floor."""
        size = float(sum(launch.buffer(index) for index in streamed if names[index] in WEIGHTS))
        seconds = size / (self.device.bandwidth * self.device.bandwidth_share)
        latency = self.device.dram_latency
        prediction = Prediction(latency, seconds, 0.0, seconds, "not traced: a floor", size, 0.0, 0, {})
        flop = self._product_flop(launch, names, streamed)
        return Predicted(label_of(launch, names, streamed), launch, kernel, prediction, flop, [])

    def _product_flop(self, launch, names, streamed):
        weights = [index for index in streamed if names[index] in WEIGHTS]
        if not weights or "M" not in names:
            return 0.0
        with open(f"{self.programs.folder}/programs/{launch.program}.options") as file:
            options = file.read()
        kind = options.partition("WEIGHT_TYPE=")[2].split()[:1]
        size = launch.buffer(weights[0]) / WEIGHT_BYTES.get(kind[0] if kind else "32", 2)
        return 2.0 * launch.integer(names.index("M")) * size


def readable(launch, names, index):
    """The bytes that there are to read of an argument: of rows x those of the launch, which several lanes may share."""
    size = launch.buffer(index)
    if names[index : index + 1] == ["x"] and "M" in names and "xStride" in names:
        size = min(size, 4 * launch.integer(names.index("M")) * launch.integer(names.index("xStride")))
    return size


def _length(group):
    return sum(map(len, group.phases))


def summary(device, predicted):
    """The sums of a step, as words to numbers."""
    step = sum_up(device, [p.prediction for p in predicted])
    flop = sum(p.product_flop for p in predicted)
    return {
        "launches": step.launches,
        "seconds": step.seconds,
        "execution_s": step.execution,
        "gaps_s": step.gaps,
        "host_s": step.host,
        "dram_bytes": step.dram_bytes,
        "floor_s": step.floor,
        "bandwidth_share": step.floor / step.seconds,
        "product_flop": flop,
        "flop_per_s": flop / step.seconds,
    }


def worth_of_fusing(device, predicted):
    """Seconds of a step: as it is, with one launch a layer, with one a step; each also with weights asked for early."""
    keys = [(p.launch.program, p.launch.kernel, p.launch.work) for p in predicted]
    period, start, repeats = find_period(keys)
    values = [p.prediction for p in predicted]
    result = {"launches_a_layer": period, "layers": repeats, "as_is_s": sum_up(device, values).seconds}
    for name, whole in (("layer", False), ("step", True)):
        if not repeats and not whole:
            continue
        result[name + "_s"], result[name + "_early_s"] = fused(device, values, period, start, repeats, whole)
    return result
