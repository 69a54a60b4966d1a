"""What the emulator writes of launches, and the steps that they make."""

import unittest

import rounded
from prediction.capture import find_period, parameter_names, parse_launch, split_steps
from prediction.capture import trace_name, with_layers, without_loading

assert rounded  # which makes the predictions importable


class TraceTests(unittest.TestCase):
    """What the emulator writes."""

    def test_steps_end_where_the_host_reads(self):
        """Launches between two reads."""
        line = "0123\tlinear\t64,1,288\t64,1,1\t3264\tbuffer:338688 value:00030000 local:3264\n"
        steps = split_steps([line, "read\tread\t0,0,0\t0,0,0\t0\t\n", line, line])
        self.assertEqual([len(step) for step in steps], [1, 2])
        launch = parse_launch(line)
        self.assertEqual((launch.groups, launch.group_size), (288, 64))
        self.assertEqual((launch.buffer(0), launch.integer(1), launch.buffer(2)), (338688, 768, 0))

    def test_what_loads_the_model_is_no_step(self):
        """Steps begin with the kernel that the last one begins with; what is before that is left out."""
        lines = {name: f"0123\t{name}\t64,1,1\t64,1,1\t0\tbuffer:4\n" for name in ("pack", "embed", "linear")}
        probe, load, step = [lines["pack"]], [lines["pack"]] * 5, [lines["embed"], *[lines["linear"]] * 4]
        read = ["read\tread\t0,0,0\t0,0,0\t0\t\n"]
        steps = split_steps([*probe, *read, *load, *step, *read, *step, *read])
        found = [[launch.kernel for launch in step] for step in without_loading(steps)]
        self.assertEqual(found, [["embed", *["linear"] * 4]] * 2)

    def test_the_name_of_a_trace(self):
        """FNV-1a from 0: (0 ^ 97) times the prime, and once more."""
        prime = 1099511628211
        self.assertEqual(trace_name("ab"), f"{((97 * prime % 2**64) ^ 98) * prime % 2**64:016x}")

    def test_more_layers(self):
        """Three layers of two launches, of which the last ends otherwise, stand for five."""
        step = [parse_launch(f"p\t{kernel}\t64,1,1\t32,1,1\t0\tvalue:00") for kernel in "eababacdh"]
        found = "".join(launch.kernel for launch in with_layers(step, 2))
        self.assertEqual(found, "eababababacdh")
        self.assertEqual(with_layers(step, 0), step)

    def test_layers_are_found(self):
        """The longest repetition, behind what is before it."""
        self.assertEqual(find_period(list("eABCABCABCh")), (3, 1, 3))
        self.assertEqual(find_period(list("abc")), (0, 0, 0))

    def test_names_of_parameters(self):
        """As they stand in the source."""
        source = "__kernel __attribute__((reqd_work_group_size(1, 1, 1)))\nvoid f(__global const T* w, const int M) {"
        self.assertEqual(parameter_names(source, "f"), ["w", "M"])


if __name__ == "__main__":
    unittest.main()
