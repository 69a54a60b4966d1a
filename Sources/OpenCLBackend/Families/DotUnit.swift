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
  /// The name for people, and for batches: units of two names may round sums differently.
  package var name: String {
    guard usesTensorCores else { return baseName }
    return baseName + (capability < Self.latestTensorCores ? " of sm_\(capability)" : "")
      + (attends ? "" : " without attention")
  }
  /// The name whatever the form.
  let baseName: String
  /// The kernels' name of it.
  let code: DotCode
  /// The precision whose products it computes; nil for all.
  package private(set) var precision: Precision?
  /// Which kernels have it.
  let families: [KernelFamily]
  /// Whether its numbers are the portable unit's to the bit: sums of integers are exact, whoever adds them up.
  package let addsAsPortable: Bool
  private let requirement: Requirement
  /// How its instructions are written, where compilers may read them differently.
  private(set) var form = 0
  /// The compute capability, times ten, whose instructions it uses, where a GPU lacks later ones: MMA_SM in simt/mma.h.
  private(set) var capability = latestTensorCores
  /// Whether attention is on tensor cores, too: in fp16, as keys and values are.
  private(set) var attends = false

  /// A unit's requirement of a device.
  private enum Requirement: Hashable {
    case nothing
    /// An unknown instruction ends the process: one that the processor lacks must not be tried.
    case instruction(ProcessorFeature, name: String)
    case deviceExtension(String)
    /// NVIDIA's, times ten.
    case computeCapability(Int)
    /// Of Intel's: that, and sub-groups of 8 or 16 as the smallest.
    case matrixExtension(String)
    /// Of AMD's, by how their drivers call a device.
    case architecture(String)
  }

  /// Multiplications and additions in the language's own types.
  package static let portable = DotUnit(
    baseName: "portable", code: .portable, precision: nil, families: KernelFamily.allCases, addsAsPortable: true,
    requirement: .nothing)
  /// Pairs of bf16 into fp32: AVX-512 BF16, by inline assembly.
  package static let vdpbf16ps = DotUnit(
    baseName: "vdpbf16ps", code: .vdpbf16ps, precision: .bf16, families: [.simd], addsAsPortable: false,
    requirement: .instruction(.avx512BF16, name: "AVX-512 BF16"))
  /// Quads of 8-bit integers into 32-bit ones: AVX-512 VNNI, by inline assembly.
  package static let vpdpbusd = DotUnit(
    baseName: "vpdpbusd", code: .vpdpbusd, precision: .int8, families: [.simd], addsAsPortable: true,
    requirement: .instruction(.avx512VNNI, name: "AVX-512 VNNI"))
  /// Quads of 8-bit integers into 32-bit ones: `cl_khr_integer_dot_product`.
  package static let integerDotProduct = DotUnit(
    baseName: "cl_khr_integer_dot_product", code: .khrInteger, precision: .int8, families: KernelFamily.allCases,
    addsAsPortable: true, requirement: .deviceExtension("cl_khr_integer_dot_product"))

  /// Quads of 8-bit integers into 32-bit ones: NVIDIA's instruction, by inline PTX. No extension tells of it.
  package static let dp4a = DotUnit(
    baseName: "dp4a", code: .dp4a, precision: .int8, families: [.simt], addsAsPortable: true,
    requirement: .computeCapability(61))

  /// Blocks of fp16, each activation as two numbers of it, into fp32: NVIDIA's tensor cores, by inline assembly.
  package static let tensorF16 = tensor("f16", .fp16, from: firstTensorCores)
  /// Blocks of bf16 into fp32.
  package static let tensorBF16 = tensor("bf16", .bf16, from: latestTensorCores)
  /// Blocks of 8-bit integers into 32-bit ones: exact, but not attention beside them.
  package static let tensorS8 = tensor("s8", .int8, from: firstTensorCores)

  /// Quads of 8-bit integers into 32-bit ones, widened to 16 bits and multiplied as pairs: AVX2, by inline assembly. Its
  /// `vpmaddubsw` multiplies twice as many at once, but two products of 8 bits each do not fit in 16.
  package static let vpmaddwd = DotUnit(
    baseName: "vpmaddwd", code: .vpmaddwd, precision: .int8, families: [.simd], addsAsPortable: true,
    requirement: .instruction(.avx2FMA, name: "AVX2"))
  /// Quads of integers of 4 and 8 bits, by AVX2's instructions for pairs, by inline assembly: with weights of 8 bits
  /// their sums would not fit.
  package static let vpmaddubsw = DotUnit(
    baseName: "vpmaddubsw", code: .vpmaddubsw, precision: .int4, families: [.simd], addsAsPortable: true,
    requirement: .instruction(.avx2FMA, name: "AVX2"))

  /// Blocks of 8-bit integers into 32-bit ones, of many rows: matrix units of Intel's GPUs.
  static let xmx = DotUnit(
    baseName: "cl_intel_subgroup_matrix_multiply_accumulate", code: .xmx, precision: .int8, families: [.simt],
    addsAsPortable: true, requirement: .matrixExtension("cl_intel_subgroup_matrix_multiply_accumulate"))
  /// The same of AMD's, by the compiler's built-in functions.
  static let wmma = DotUnit(
    baseName: "v_wmma_i32_16x16x16_iu8", code: .wmma, precision: .int8, families: [.simt], addsAsPortable: true,
    requirement: .architecture("gfx11"))

  /// The unit for weights of 4 bits, which are 8-bit integers where they are multiplied.
  private static func ofInt4(_ unit: DotUnit) -> DotUnit {
    var unit = unit
    unit.precision = .int4
    return unit
  }

  private static func tensor(_ type: String, _ precision: Precision, from capability: Int) -> DotUnit {
    DotUnit(
      baseName: "mma.sync.\(type)", code: .mma, precision: precision, families: [.simt], addsAsPortable: false,
      requirement: .computeCapability(capability), attends: true)
  }

  /// Compute capabilities from which on tensor cores have instructions that the kernels know.
  private static let (firstTensorCores, latestTensorCores) = (75, 80)

  /// Every unit: of a precision the fastest first, and the portable one last.
  package static let all = [
    tensorF16, tensorBF16, tensorS8, vdpbf16ps, vpdpbusd, vpmaddwd, xmx, wmma, dp4a, integerDotProduct,
    ofInt4(vpdpbusd), vpmaddubsw, ofInt4(xmx), ofInt4(wmma), ofInt4(dp4a), ofInt4(integerDotProduct), portable,
  ]

  /// What multiplies embeddings in 8 bits, where this one multiplies the layers' weights of 4.
  var ofEmbeddings: DotUnit { code == .vpmaddubsw ? .vpmaddwd : self }

  /// Whether it multiplies blocks of rows, with kernels of its own.
  package var usesTensorCores: Bool { code == .mma }
  /// Whether it multiplies many rows with a kernel of its own, and few by other instructions, with the same numbers.
  var usesMatrixUnits: Bool { code == .xmx || code == .wmma }

  /// Work-items that multiply a matrix together.
  func subGroupSize(_ device: Device) -> Int { code == .xmx ? device.subGroupSizes.min() ?? 8 : 32 }

  /// The unit in each of the forms that a device may compile: MMA_FORM in simt/mma.h, DOT_FORM in simt/linear.h.
  func forms(on device: Device) -> [DotUnit] {
    // The first of Intel's matrix units has few rows multiplied by another extension.
    let first = code == .xmx && Self.integerDotProduct.obstacle(on: device) != nil ? 1 : 0
    return (first..<formCount).map { form in
      var unit = self
      unit.form = form
      unit.capability = min(device.computeCapability ?? Self.latestTensorCores, Self.latestTensorCores)
      return unit
    }
  }

  /// In how many ways its instructions are written.
  var formCount: Int { usesTensorCores ? 6 : code == .xmx ? 2 : 1 }

  /// The same with attention on the portable unit.
  var withoutAttention: DotUnit {
    var unit = self
    unit.attends = false
    return unit
  }

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
    case .computeCapability(let least):
      switch device.computeCapability {
      case nil: "the device reports no compute capability of NVIDIA's"
      case let found? where found < least:
        "it needs compute capability \(Double(least) / 10), not \(Double(found) / 10)"
      default: nil
      }
    case .deviceExtension(let name):
      device.extensions.contains(name) ? nil : "the device does not report \(name)"
    case .matrixExtension(let name):
      switch device.subGroupSizes.min() {
      case _ where !device.extensions.contains(name): "the device does not report \(name)"
      case let size? where ![8, 16].contains(size): "its smallest sub-group has \(size) work-items, not 8 or 16"
      default: nil
      }
    case .architecture(let name):
      device.name.hasPrefix(name) && device.vendor.contains("Advanced Micro Devices")
        ? nil : "the device is no \(name) of AMD's"
    }
  }

  /// What its kernels are compiled as: clang's header of built-in functions has those of `cl_khr_integer_dot_product` from
  /// OpenCL C 2.0 on alone, whatever the device reports.
  var language: KernelLanguage { code == .khrInteger || (code == .xmx && form == 0) ? .c30 : .c12 }

  /// Its build options.
  var definitions: [(name: String, value: String)] {
    (code == .portable ? [] : [("DOT_UNIT", "\(code.rawValue)")])
      + (form == 0 ? [] : [(usesTensorCores ? "MMA_FORM" : "DOT_FORM", "\(form)")])
      + (capability == Self.latestTensorCores ? [] : [("MMA_SM", "\(capability)")])
  }
}
