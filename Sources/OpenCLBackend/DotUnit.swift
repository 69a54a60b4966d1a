package import Backend
internal import Kernels
package import OpenCL

/// What multiplies operands and weights and adds up the products.
///
/// All units of a precision read the same weights. One that is not portable is used on a device only after ``DotUnitProbe``
/// saw it compile, run and give the right numbers there, and for bf16 take less time than multiply-adds.
package enum DotUnit: String, CaseIterable, Sendable {
  /// Multiplications and additions in the language's own types.
  case portable
  /// Pairs of bf16 into fp32: AVX-512 BF16, by inline assembly.
  case vdpbf16ps
  /// Quads of 8-bit integers into 32-bit ones: AVX-512 VNNI, by inline assembly.
  case vpdpbusd
  /// Quads of 8-bit integers into 32-bit ones: `cl_khr_integer_dot_product`.
  case integerDotProduct = "cl_khr_integer_dot_product"

  /// The kernels' name of it.
  var code: DotCode {
    switch self {
    case .portable: .portable
    case .vdpbf16ps: .vdpbf16ps
    case .vpdpbusd: .vpdpbusd
    case .integerDotProduct: .khrInteger
    }
  }

  /// The precision whose products it computes; nil for all.
  package var precision: Precision? {
    switch self {
    case .portable: nil
    case .vdpbf16ps: .bf16
    case .vpdpbusd, .integerDotProduct: .int8
    }
  }

  /// Whether its sums are the portable unit's to the bit: those of integers are exact, whoever adds them up.
  package var addsAsPortable: Bool { self != .vdpbf16ps }

  /// Which kernels have it.
  var families: [KernelFamily] {
    switch self {
    case .portable, .integerDotProduct: KernelFamily.allCases
    case .vdpbf16ps, .vpdpbusd: [.simd]
    }
  }

  /// Units worth a probe for products of a precision, the fastest first; the portable one always remains.
  package static func candidates(_ precision: Precision, _ family: KernelFamily) -> [DotUnit] {
    [.vdpbf16ps, .vpdpbusd, .integerDotProduct].filter { $0.precision == precision && $0.families.contains(family) }
  }

  /// Why a device cannot have the unit, so that no kernel needs to be compiled to know; nil where it may.
  package func obstacle(on device: Device) -> String? {
    switch self {
    case .portable: nil
    case .vdpbf16ps: processorObstacle(device, .avx512BF16, "AVX-512 BF16")
    case .vpdpbusd: processorObstacle(device, .avx512VNNI, "AVX-512 VNNI")
    case .integerDotProduct:
      device.extensions.contains(rawValue) ? nil : "the device does not report \(rawValue)"
    }
  }

  /// A foreign instruction ends the process: what the processor lacks must not be tried.
  private func processorObstacle(_ device: Device, _ feature: ProcessorFeature, _ name: String) -> String? {
    guard device.type.contains(.cpu) else { return "the device is not a processor" }
    return feature.isPresent ? nil : "this processor has no \(name)"
  }
}
