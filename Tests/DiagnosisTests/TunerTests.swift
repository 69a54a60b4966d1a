import Foundation
import Checkpoint
import JSON
import Kernels
import OpenCL
import TestSupport
import Testing

@testable import Backend
@testable import Diagnosis
@testable import OpenCLBackend

/// The search, with times made up where they would decide: no test depends on how fast anything is.
@Suite(.serialized) struct TunerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A shape of few rows of the simt family: three widths.
  private static let few = TuningTask(
    operation: .product(rows: 4, k: 160, n: 96), isNormalized: true, count: 1)
  /// One of many rows: three heights.
  private static let many = TuningTask(
    operation: .product(rows: 32, k: 160, n: 96), count: 1)
  private static let sampling = TuningTask(operation: .sampling(vocabulary: 300), count: 1)
  private static let attention = TuningTask(operation: .attention(rows: 2, heads: 3, headSize: 64), count: 1)
  private static let layer = TuningTask(
    operation: .layer(rows: 2, channels: 128, inner: 256, heads: 2), count: 1)

  /// Whether a search should end.
  private final class Time {
    var isUp = false
  }

  private func tuner(
    _ device: Device, _ family: KernelFamily = .simt, _ precision: Precision = .fp16,
    time: Time = Time(),
    measure: @escaping (TunedOperation, TuningChoice, () throws -> Double) throws -> Double = { _, _, run in
      _ = try run()
      return 1
    }
  ) throws -> Tuner {
    var limits = Tuner.Limits { time.isUp }
    limits.measure = measure
    return try Tuner(device, precision, family, rows: 64, folder: folder.path, limits: limits)
  }

  /// What a new backend would read.
  private func kept(_ device: Device, _ family: KernelFamily = .simt, _ precision: Precision = .fp16) throws -> Tuning?
  {
    let backend = try OpenCLBackend(
      device: device, precision: precision, family: family, maximumRows: 64, tuning: Tuning())
    let target = backend.tuningTarget
    return TuningFile(target.key, folder: folder.path).read(target.isLegal)?.tuning
  }

  /// Every choice of both families gives the same numbers, and is timed by the device or the host.
  @Test(arguments: Devices.quick, Tier.isFull ? Precision.allCases : [.fp32, .fp16, .bf16, .int8])
  func everyChoiceIsRight(_ device: Device, _ precision: Precision) throws {
    for family in KernelFamily.allCases {
      let report = try tuner(device, family, precision) { _, _, run in
        let seconds = try run()
        #expect(seconds > 0 && seconds < 60)
        return 1
      }
      .run([Self.few, Self.many, Self.sampling, Self.attention, Self.layer])
      #expect(report.leftOut.isEmpty && report.results.count + report.nothingOpen.count == 5)
      for result in report.results {
        #expect(result.rejected.isEmpty && result.best == result.usual, "\(result)")
      }
      #expect(report.results.reduce(0) { $0 + $1.tried } >= (family == .simt ? 12 : 3))
      #expect(try kept(device, family, precision)?.choices.count == report.results.count)
    }
  }

  /// The choice that is said to take least time is the one that is kept.
  @Test(arguments: Devices.quick)
  func theFastestIsKept(_ device: Device) throws {
    let report = try tuner(device) { _, choice, _ in [8: 0.8, 16: 0.5][choice[.width]] ?? 1 }.run([Self.few])
    let result = try #require(report.results.first)
    let part = result.best.seconds / result.usual.seconds
    #expect(result.best.choice[.width] == 16 && part == 0.5 && result.tried > 2)
    #expect(try kept(device)?[Self.few.operation] == result.best.choice)
  }

  /// One that wins by less than the margin is not taken, nor one that wins once, and then no more.
  @Test(arguments: Devices.quick)
  func noiseDoesNotChoose(_ device: Device) throws {
    let barely = try tuner(device) { _, choice, _ in choice[.width] == 16 ? 0.98 : 1 }.run([Self.few])
    #expect(barely.results.first.map { $0.best == $0.usual } == true)
    var measurements = 0
    let once = try tuner(device) { _, choice, _ in
      guard choice[.width] == 16 else { return 1 }
      measurements += 1
      return measurements <= 5 ? 0.5 : 1
    }
    .run([Self.few])
    #expect(measurements > 5)
    #expect(once.results.first.map { $0.best == $0.usual } == true)
  }

  /// A choice that gives other numbers is never timed, however fast it is; nor one that does not compile.
  @Test(arguments: Devices.quick)
  func aWrongChoiceIsRejected(_ device: Device) throws {
    let text = KernelSource.simtLinearFew.text
    let wrong = "#if WIDTH == 16\n#define fma(a, b, c) ((a) * (b) + (c) + 0x1p-20f)\n#endif\n" + text
    let broken = "#if WIDTH == 16\n#error no\n#endif\n" + text
    for (source, reason) in [(wrong, "other numbers"), (broken, "compile")] {
      let report = try KernelLibrary.$replacements.withValue([.simtLinearFew: source]) {
        try tuner(device) { _, choice, _ in
          #expect(choice[.width] != 16)
          return 1
        }
        .run([Self.few])
      }
      let result = try #require(report.results.first)
      #expect(result.tried >= 1 && result.best == result.usual)
      #expect(result.rejected.map(\.choice[.width]) == [16], "\(result.rejected)")
      #expect(result.rejected.first?.reason.contains(reason) == true, "\(result.rejected)")
    }
  }

  /// When the time is up, nothing more begins, and what was found is kept.
  @Test(arguments: Devices.quick)
  func theTimeIsUp(_ device: Device) throws {
    let time = Time()
    let first = try tuner(device, time: time) { operation, choice, _ in
      if operation == Self.many.operation { time.isUp = true }
      return choice[.width] == 16 ? 0.5 : 1
    }
    .run([Self.few, Self.many])
    #expect(first.results.map(\.task) == [Self.few] && first.leftOut == [Self.many])
    #expect(try kept(device)?.choices.keys.map(\.self) == [Self.few.operation])
    let none = try tuner(device, time: time).run([Self.few, Self.many])
    #expect(none.results.isEmpty && none.leftOut == [Self.many, Self.few])
    // The next search begins with what this one left out.
    var order: [TunedOperation] = []
    _ = try tuner(device) { operation, _, _ in
      if order.last != operation { order.append(operation) }
      return 1
    }
    .run([Self.few, Self.many])
    #expect(order == [Self.many.operation, Self.few.operation])
  }

  /// What ended the process while it was tried is not tried again; what was kept before stays.
  @Test(arguments: Devices.quick)
  func aCrashIsNotTriedAgain(_ device: Device) throws {
    _ = try tuner(device).run([Self.many])
    let backend = try OpenCLBackend(
      device: device, precision: .fp16, family: .simt, maximumRows: 64, tuning: Tuning())
    let file = TuningFile(backend.tuningTarget.key, folder: folder.path)
    let space = try #require(backend.tuningTarget.space(of: Self.few.operation))
    let fatal = TuningChoice(space.usual.values.merging([.width: 16]) { $1 })
    let entry = TuningFile.entry(Self.few.operation, fatal).text
    for damage in ["", "{", "nonsense", "{\"operation\":\"product\"}", "[]"] {
      try folder.write(Array(damage.utf8), to: String(file.path.dropFirst(folder.path.count + 1)) + ".trying")
      #expect(try tuner(device).run([]).results.isEmpty)
    }
    try folder.write(Array(entry.utf8), to: String(file.path.dropFirst(folder.path.count + 1)) + ".trying")
    for _ in 0..<2 {
      let report = try tuner(device) { _, choice, _ in
        #expect(choice != fatal)
        return 1
      }
      .run([Self.few])
      #expect(report.results.first?.rejected.map(\.choice) == [fatal])
    }
    #expect(try kept(device)?.choices.count == 2)
    #expect(!FileManager.default.fileExists(atPath: file.path + ".trying"))
  }

  /// A device that fails for good ends the search, and what it failed with is not tried again.
  @Test(arguments: Devices.quick)
  func aLostDeviceEndsTheSearch(_ device: Device) throws {
    let fault = FaultInjection("clEnqueueNDRangeKernel", status: .outOfResources)
    let failing = try tuner(device) { _, _, _ in 1 }
    #expect(throws: OpenCLError.self) {
      try FaultInjection.$current.withValue(fault) { _ = try failing.run([Self.few]) }
    }
  }

  /// Two searches do not take each other's trials for crashes.
  @Test(arguments: Devices.quick)
  func oneSearchAtATime(_ device: Device) throws {
    let other = try tuner(device)
    var refusal: (any Error)?
    _ = try tuner(device) { _, _, _ in
      do { _ = try other.run([Self.few]) } catch { refusal = error }
      return 1
    }
    .run([Self.few])
    #expect(refusal is TuningError, "\(String(describing: refusal))")
  }

  @Test func whatAModelIsMadeOf() {
    var configuration = ModelConfiguration()
    configuration.layerCount = 2
    let tasks = TuningTask.all(of: configuration, rows: [1, 3, 4, 1024])
    #expect(tasks.count == 8 + 7 + 4)
    #expect(tasks[4].operation == .product(rows: 1, k: 768, n: 50257) && tasks[4].count == 1)
    #expect(tasks.allSatisfy { $0.count == 1 || $0.count == 2 })
  }
}
