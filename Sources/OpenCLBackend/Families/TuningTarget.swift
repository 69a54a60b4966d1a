internal import OpenCL

/// What choices depend on beside an operation's sizes.
package struct TuningTarget {
  let device: Device
  let layout: PackedLayout
  let family: KernelFamily
  let unit: DotUnit

  init(_ device: Device, _ layout: PackedLayout, _ family: KernelFamily, _ unit: DotUnit) {
    self.device = device
    self.layout = layout
    self.family = family
    self.unit = unit
  }
}
