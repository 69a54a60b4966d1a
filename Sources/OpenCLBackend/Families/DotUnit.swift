internal import System
package import Backend
internal import Kernels
package import OpenCL

/// The instruction that multiplies activations by weights and sums the products: a row of ``all``.
///
/// All units of a precision read the same weights. One that is not portable is used on a device only after
/// ``DotUnitProbe`` saw it compile, run and give the right numbers there, and for bf16 take less time than
/// multiply-adds.
package struct DotUnit: Hashable, Sendable {
  /// The name for people.
  package let name: String
  /// The kernels' name of it.
  let code: DotCode
  /// The precision whose products it computes; nil for all.
  package let precision: Precision?
  /// Which kernels have it.
  let families: [KernelFamily]
  /// Whether its sums are the portable unit's to the bit: those of integers are exact, whoever adds them up.
  package let addsAsPortable: Bool
  private let requirement: Requirement

  /// A unit's requirement of a device.
  private enum Requirement: Hashable {
    case nothing
    /// An unknown instruction ends the process: one that the processor lacks must not be tried.
    case instruction(ProcessorFeature, name: String)
    case deviceExtension(String)
  }

  /// Multiplications and additions in the language's own types.
  package static let portable = DotUnit(
    name: "portable", code: .portable, precision: nil, families: KernelFamily.allCases, addsAsPortable: true,
    requirement: .nothing)
  /// Pairs of bf16 into fp32: AVX-512 BF16, by inline assembly.
  package static let vdpbf16ps = DotUnit(
    name: "vdpbf16ps", code: .vdpbf16ps, precision: .bf16, families: [.simd], addsAsPortable: false,
    requirement: .instruction(.avx512BF16, name: "AVX-512 BF16"))
  /// Quads of 8-bit integers into 32-bit ones: AVX-512 VNNI, by inline assembly.
  package static let vpdpbusd = DotUnit(
    name: "vpdpbusd", code: .vpdpbusd, precision: .int8, families: [.simd], addsAsPortable: true,
    requirement: .instruction(.avx512VNNI, name: "AVX-512 VNNI"))
  /// Quads of 8-bit integers into 32-bit ones: `cl_khr_integer_dot_product`.
  package static let integerDotProduct = DotUnit(
    name: "cl_khr_integer_dot_product", code: .khrInteger, precision: .int8, families: KernelFamily.allCases,
    addsAsPortable: true, requirement: .deviceExtension("cl_khr_integer_dot_product"))

  /// Every unit: of a precision the fastest first, and the portable one last.
  package static let all = [vdpbf16ps, vpdpbusd, integerDotProduct, portable]

  /// Units worth a probe for products of a precision, the fastest first; the portable one always remains.
  package static func candidates(_ precision: Precision, _ family: KernelFamily) -> [DotUnit] {
    all.filter { $0.precision == precision && $0.families.contains(family) }
  }

  /// Why a device cannot have the unit, so that no kernel needs to be compiled to know; nil where it may.
  package func obstacle(on device: Device) -> String? {
    switch requirement {
    case .nothing: nil
    case .instruction where !device.type.contains(.cpu): "the device is not a processor"
    case .instruction(let feature, let name): feature.isPresent ? nil : "this processor has no \(name)"
    case .deviceExtension(let name): device.extensions.contains(name) ? nil : "the device does not report \(name)"
    }
  }

  /// Its build options.
  var definitions: [(name: String, value: String)] {
    code == .portable ? [] : [("DOT_UNIT", "\(code.rawValue)")]
  }
}
