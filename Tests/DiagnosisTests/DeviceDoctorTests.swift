import Kernels
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import CPUBackend
@testable import Diagnosis
@testable import GPT2
@testable import OpenCLBackend

@Suite(.serialized) struct DeviceDoctorTests {
  private static let devices = Devices.quick

  private func doctor(_ device: Device) -> DeviceDoctor {
    DeviceDoctor(ComputeDevice(id: "0", name: device.name, device: device))
  }

  private func examine(_ device: Device, _ family: KernelFamily, _ precision: Precision) -> DeviceDiagnosis {
    doctor(device).examine(families: [family], precisions: [precision], includesModel: false)
  }

  @Test(arguments: devices)
  func aSoundDeviceIsRight(_ device: Device) {
    let diagnosis = doctor(device).examine(families: [FamilyChoice(for: device).family], precisions: [.fp32])
    #expect(diagnosis.culprits.isEmpty)
    #expect(diagnosis.operations.count >= 9)
    #expect(diagnosis.models.map(\.equalTokens) == diagnosis.models.map(\.tokens))
    #expect(!diagnosis.models.isEmpty)
  }

  @Test func theProcessorWithoutOpenCLIsRight() throws {
    guard (try? CPUBackend()) != nil else { return }
    #expect(DeviceDoctor(.cpu).examine(includesModel: false).culprits.isEmpty)
  }

  /// A fault in each kernel, which must be named, and nothing else.
  struct Fault: Sendable {
    let source: KernelSource
    let precision: Precision
    let line: String
    let replacement: String
    /// The file of the kernel that runs it first, where it holds none.
    var user: KernelSource?
    var family: KernelFamily {
      source.path.hasPrefix("simt/") ? .simt : .simd
    }
  }

  private static let faults = [
    Fault(source: .simdLayerNormHeader, precision: .fp32, line: "/ C;", replacement: "/ (C + 1);"),
    Fault(source: .pack, precision: .fp16, line: "first + j < width ?", replacement: "first + j + 1 < width ?"),
    Fault(source: .simdQuantizeHeader, precision: .int8, line: "-128 * sum16_int", replacement: "-127 * sum16_int"),
    Fault(source: .pack, precision: .int4, line: "j / 4 * 4", replacement: "j / 4 * 3"),
    Fault(source: .simdQuantizeHeader, precision: .int4, line: "sum - before", replacement: "sum"),
    Fault(
      source: .simdLinearGroups, precision: .int4, line: "offsets[(size_t)i * xStride + s]",
      replacement: "offsets[(size_t)i * xStride]", user: .simdLinear),
    Fault(source: .gather, precision: .fp16, line: "rows[r]", replacement: "r"),
    // A part that only some operations run.
    Fault(source: .simdLinearHeader, precision: .bf16, line: "values[i], operand", replacement: "values[0], operand"),
    Fault(source: .simdAttentionHeader, precision: .int8, line: "if (row.w)", replacement: "if (row.w && row.x)"),
    Fault(
      source: .simdBlock, precision: .bf16, line: "x, a->F, a->C, a->innerStride",
      replacement: "x, a->C, a->C, a->innerStride"),
    Fault(source: .simdSampling, precision: .fp32, line: "mul_hi(draw, total)", replacement: "mul_hi(~draw, total)"),
    Fault(source: .simdScore, precision: .fp32, line: "logit > largest", replacement: "logit < largest"),
    Fault(source: .simtQuantize, precision: .int8, line: "-128 * sum)", replacement: "-127 * sum)"),
    Fault(source: .simtLayerNorm, precision: .bf16, line: "= normalized(v", replacement: "= 2 * normalized(v"),
    Fault(
      source: .simtLayerNorm, precision: .fp32, line: "sum / C + epsilon", replacement: "sum / (C + 1) + epsilon"),
    Fault(
      source: .simtMoments, precision: .fp32, line: "sum / C + epsilon", replacement: "sum / (C + 1) + epsilon",
      user: .simtLinearFew),
    // Of rows that work-groups quantize: a norm, a group, code that no other operation runs; and of tiles.
    Fault(
      source: .simtLinearFewHeader, precision: .fp16, line: "gains, shifts)", replacement: "gains, gains)",
      user: .simtLinearFew),
    Fault(
      source: .simtLinearFewHeader, precision: .bf16, line: "moments[min(row, rows - 1)], gains[i]",
      replacement: "moments[0], gains[i]", user: .simtLinearFew),
    Fault(
      source: .simtLinearFewHeader, precision: .int8, line: "heads[g * TM + row] = head",
      replacement: "heads[row] = head", user: .simtLinearFew),
    Fault(
      source: .simtLinearFewHeader, precision: .int4, line: "multipliers, team % SPANS", replacement: "multipliers, 0",
      user: .simtLinearFew),
    Fault(
      source: .simtLinearTiles, precision: .int4, line: "multipliers, span % SPANS", replacement: "multipliers, 0"),
    Fault(source: .simtLinearTiles, precision: .fp32, line: "total[i] + add", replacement: "total[i] - add"),
    Fault(
      source: .simtAttentionRow, precision: .int8, line: "row.w && end", replacement: "row.x && end",
      user: .simtAttention),
    Fault(
      source: .simtAttentionRow, precision: .fp16, line: "weight, value[i]", replacement: "weight, value[0]",
      user: .simtAttention),
    Fault(source: .simtAttentionTiles, precision: .fp32, line: "[n][i] * by.y", replacement: "[n][i]"),
    Fault(source: .simtSamplingBlocks, precision: .fp32, line: "kept += weight;", replacement: "kept += 1;"),
    Fault(source: .simtSamplingGreedy, precision: .fp32, line: "- scoreOfRank(rank)", replacement: ""),
  ]

  @Test(.enabled(if: Tier.isFull, "It takes long."), arguments: faults)
  func aBrokenKernelIsNamed(_ fault: Fault) throws {
    let text = fault.source.text
    let broken = text.replacing(fault.line, with: fault.replacement)
    try #require(broken != text)
    for device in Self.devices {
      let diagnosis = KernelLibrary.$replacements.withValue([fault.source: broken]) {
        examine(device, fault.family, fault.precision)
      }
      #expect(!diagnosis.culprits.isEmpty, "\(fault.source)")
      let named = "\((fault.user ?? fault.source).name).cl"
      #expect(diagnosis.culprits.allSatisfy { $0.hasPrefix(named) }, "\(diagnosis.culprits)")
    }
  }

  @Test func whatDoesNotBuildSaysWhatTheCompilerSaid() throws {
    for device in Self.devices {
      let diagnosis = KernelLibrary.$replacements.withValue([.embedding: "__kernel void embed(nonsense x) {}"]) {
        examine(device, FamilyChoice(for: device).family, .fp32)
      }
      let embedding = try #require(diagnosis.operations.first { $0.kernel == "embedding" })
      guard case .doesNotBuild(let line) = embedding.verdict else {
        Issue.record("\(embedding.verdict)")
        continue
      }
      #expect(line.contains("nonsense"))
      #expect(diagnosis.culprits == ["embedding.cl (embedding)"])
    }
  }

  /// A kernel that a compiler lacks something for is no fault of the device: others stand in.
  @Test func whatIsNotForADeviceSaysWhy() throws {
    for device in Self.devices {
      let context = try Context(device: device)
      let error = #expect(throws: OpenCLError.self) {
        try Program(context, source: KernelSource.simtBlock.program(), options: "-cl-std=CL1.2")
      }
      #expect(Verdict(failure: try #require(error)) == .unknown("its compiler has no fence of the device"))
    }
  }

  @Test func aDeviceThatFailsIsSaidToFail() throws {
    for device in Self.devices {
      let fault = FaultInjection("clEnqueueNDRangeKernel", status: .outOfResources)
      let family = FamilyChoice(for: device).family
      let diagnosis = FaultInjection.$current.withValue(fault) { examine(device, family, .fp32) }
      #expect(diagnosis.culprits == ["pack.cl (packing)"])
    }
  }

  @Test func whenTheTimeIsUpNothingIsSaid() throws {
    for device in Self.devices {
      let doctor = DeviceDoctor(ComputeDevice(id: "0", name: device.name, device: device), timeLimit: .zero)
      let diagnosis = doctor.examine(families: [.simd], precisions: [.fp32])
      #expect(diagnosis.models.isEmpty && diagnosis.culprits.isEmpty && diagnosis.leftOut > 0)
      #expect(diagnosis.operations.allSatisfy { $0.verdict == .leftOut })
    }
  }
}
