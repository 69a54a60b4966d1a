import Foundation
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import CPUBackend
@testable import OpenCLBackend

/// A row of the table that every test of a backend runs over.
struct BackendCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// How weights are stored.
  let precision: Precision
  /// How near single operations must come to ``Reference``, given the precision's rounding of weights and rows.
  let tolerance: Double
  /// Whether a row's result depends on nothing but the row.
  let isReproducible: Bool
  /// Whether a simulator runs the kernels, a million times slower than a processor.
  var isSimulated = false
  /// Whether the driver compiles for half a minute where others take a second.
  var compilesSlowly = false
  private let shared: SharedBackend

  init(
    _ name: String, _ precision: Precision, tolerance: Double = 1e-5, isReproducible: Bool = true,
    make: @escaping @Sendable () throws -> any Backend
  ) {
    testDescription = name
    self.precision = precision
    self.tolerance = tolerance
    self.isReproducible = isReproducible
    shared = SharedBackend(make)
  }

  /// The backend, made once, because compiling kernels takes longer than running them.
  var backend: any Backend { get throws { try shared.backend.get() } }
}

extension BackendCase {
  /// Every backend of this machine.
  static let all: [BackendCase] = openCL + cpu

  /// A part of the names of the cases to run, where the environment's `GPT2_GPU_TEST_CASES` says so: under a
  /// simulator's slower checks there is not the time for all.
  private static let wanted = ProcessInfo.processInfo.environment["GPT2_GPU_TEST_CASES"] ?? ""

  private static func isWanted(_ name: String) -> Bool { wanted.isEmpty || name.contains(wanted) }

  /// Whether a family is tested in a precision. The quick tier has every family and every precision, but not each with
  /// each; fp32 with both, in which alone that is tested to which precision does not matter.
  private static func isTested(_ family: KernelFamily, _ precision: Precision) -> Bool {
    let isQuick = family == .simd ? precision != .int8 : [.fp32, .int8].contains(precision)
    return Tier.isFull || isQuick
  }

  /// Those whose rows do not depend on their company.
  static let reproducible = all.filter(\.isReproducible)

  /// Every OpenCL device with both families of kernels in every precision, with each unit that its processor has and
  /// the portable one, whatever it would choose itself; where a unit does not work, with its own choice. In the quick
  /// tier with the first unit alone.
  static let openCL: [BackendCase] = Devices.all.flatMap { device in
    KernelFamily.allCases.flatMap { family in
      Precision.allCases.filter { isTested(family, $0) }.flatMap { precision in
        let special = DotUnit.candidates(precision, family).filter { $0.obstacle(on: device) == nil }
        let units: [DotUnit?] =
          special.isEmpty ? [nil] : Tier.isFull ? special + [.portable] : [special[0]]
        return units.compactMap { unit -> BackendCase? in
          let detail = unit == special.first ? "" : ", \(unit?.name ?? "")"
          let name = "\(device.platformName), \(family), \(precision)\(detail)"
          guard isWanted(name) else { return nil }
          var row = BackendCase(name, precision) {
            try OpenCLBackend(
              device: device, precision: precision, family: family,
              dotUnit: unit.flatMap { try isRight($0, family, on: device) ? $0 : nil }, maximumRows: 256,
              comparesArguments: true)
          }
          row.isSimulated = device.isSimulated
          row.compilesSlowly = device.compilesSlowly
          return row
        }
      }
    }
  }

  /// Whether a unit compiles and gives the right numbers on a device, fast or not.
  private static func isRight(_ unit: DotUnit, _ family: KernelFamily, on device: Device) throws -> Bool {
    let context = try Context(device: device)
    let launcher = KernelLauncher(queue: try CommandQueue(context), library: KernelLibrary(context, cache: nil))
    return DotUnitProbe(unit: unit, family: family).failure(launcher) == nil
  }

  /// OpenBLAS, where it is installed.
  static let cpu: [BackendCase] =
    !isWanted("cpu") || (try? CPUBackend()) == nil
    ? [] : [BackendCase("cpu", .fp32, isReproducible: false) { try CPUBackend() }]
}

/// A backend that tests use one after the other, made when the first asks for it.
///
/// Unchecked Sendable: ``BackendTests`` is serialized.
private final class SharedBackend: @unchecked Sendable {
  private let make: @Sendable () throws -> any Backend
  private(set) lazy var backend: Result<any Backend, any Error> = Result { try make() }

  init(_ make: @escaping @Sendable () throws -> any Backend) { self.make = make }
}

extension BackendCase {
  /// Those of the simd family that neither simulate nor take long to compile.
  static let processors = openCL.filter { row in
    (try? row.backend as? OpenCLBackend)?.family == .simd && !row.isSimulated && !row.compilesSlowly
  }
}
