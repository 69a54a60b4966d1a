import Kernels
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import CPUBackend
@testable import Diagnosis
@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  /// The doctor's table of operations, each against the host's numbers: one body for all of them on all backends. The
  /// other suites of this folder have the sizes at which a kernel may break, and the promises of single operations.
  @Suite struct OperationTableTests {
    /// GPT-2's sizes are more than a simulator has the time for. In fp32 the table is longest.
    private static let cases = BackendCase.all.filter {
      !$0.isSimulated && !$0.compilesSlowly && (Tier.isFull || $0.precision == .fp32)
    }

    private static let needsFence = "its compiler has no fence of the device"

    @Test(arguments: cases)
    func everyOperationIsRight(_ row: BackendCase) throws {
      let doctor = DeviceDoctor(.cpu)  // the checks depend on the backend alone
      let checks =
        switch try row.backend {
        case let backend as OpenCLBackend: doctor.checks(backend.family, try OperationBench(backend))
        case let backend as CPUBackend: doctor.hostChecks(try OperationBench(backend))
        case let other: try #require(nil as [DeviceDoctor.Check]?, "no operations are known of \(other.deviceName)")
        }
      #expect(checks.count >= 9)
      for check in checks {
        do {
          let comparison = try check.run()
          #expect(comparison.wrong == nil, "\(check.operation)")
        } catch let error as OpenCLError {
          // SIMTBlockTests are for those, and the emulated GPU.
          let isOfGPUs = check.kernel == .simtBlock && Verdict(failure: error) == .unknown(Self.needsFence)
          #expect(isOfGPUs, "\(check.operation): \(error)")
        }
      }
    }

    /// A block that runs as its operations must not be found equal to them.
    @Test(arguments: BackendCase.openCL.filter { !$0.isSimulated && !$0.compilesSlowly && $0.precision == .fp32 })
    func whatADeviceHasNotIsNotComparedWithItself(_ row: BackendCase) throws {
      let backend = try #require(try row.backend as? OpenCLBackend)
      let team = backend.blockTeam
      defer { backend.blockTeam = team }
      backend.blockTeam = -1
      let error = #expect(throws: OperationUnavailable.self) { try OperationBench(backend).comparison(.blocks) }
      #expect(Verdict(failure: try #require(error)) == .unknown("there is no such kernel for this device"))
    }
  }
}
