internal import OpenCL

/// How much the vector registers of a processor hold, which tiles of sums must fit in.
enum VectorRegisters: Hashable {
  /// 128 numbers in fp32: 16 registers of 8, as AVX2 has them, or 32 of 4, as NEON has.
  case narrow
  /// 512: 32 registers of 16, as AVX-512 has them.
  case wide

  init(_ device: Device) { self = device.nativeFloatWidth < 16 ? .narrow : .wide }
}
