"""What is assumed of a device, by cases computed by hand."""

import unittest

import rounded
from prediction.assumptions import H100_SXM, Assumption, Device

assert rounded  # which makes the predictions importable


class DeviceTests(unittest.TestCase):
    """Work-groups that a unit holds, and what is assumed."""

    def test_resident_groups(self):
        """By registers, warps, groups and local memory of an H100."""
        device = Device()
        self.assertEqual(device.resident_groups(32, 64, 0), 32)  # 32 groups, and 2 of 64 warps each
        self.assertEqual(device.resident_groups(128, 256, 0), 2)  # 32,768 of 65,536 registers
        self.assertEqual(device.resident_groups(33, 256, 0), 6)  # 40 by 256 are 10,240
        self.assertEqual(device.resident_groups(32, 64, 48 << 10), 4)  # 49 KiB of 227
        self.assertEqual(device.resident_groups(32, 1024, 0), 2)  # 64 warps
        self.assertEqual(device.resident_groups(255, 1024, 0), 1)  # never none

    def test_replaced_assumptions(self):
        """What a card has shown takes the place of what was assumed; a name that is none is an error."""
        self.assertEqual(Device({"launch_gap": 1e-6}).launch_gap, 1e-6)
        self.assertRaises(ValueError, Device, {"launch_gaps": 1e-6})
        self.assertTrue(all(isinstance(row, Assumption) and row.check for row in H100_SXM))


if __name__ == "__main__":
    unittest.main()
