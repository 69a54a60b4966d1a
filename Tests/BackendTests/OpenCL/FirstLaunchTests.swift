import Backend
import Kernels
import OpenCL
import TestSupport
import Testing

@testable import Diagnosis
@testable import OpenCLBackend

extension BackendTests {
  /// What is compiled is there for the processes that wait to compile it.
  @Suite struct FirstLaunchTests {
    private static let devices = Devices.all.filter { CompilerLock.of($0) != nil }

    private func launcher(
      _ device: Device, _ folder: TemporaryFolder, profiled: Bool = false
    ) throws -> KernelLauncher {
      let profile = profiled ? KernelProfile() : nil
      profile?.isActive = true
      let context = try Context(device: device)
      let library = KernelLibrary(context, cache: ProgramCache(folder: folder.path))
      return KernelLauncher(
        queue: try CommandQueue(context, profiling: profiled), library: library, profile: profile)
    }

    private func launch(_ launcher: KernelLauncher) throws {
      let context = launcher.queue.context
      func floats() throws -> Buffer<Float> { try Buffer(context, count: 32, zeroed: true) }
      try launcher.run(
        SIMDLayerNorm(layout: nil), global: 1, local: 1, Input(floats()), Input(floats()), Input(floats()),
        Output(floats()), Output(Buffer<UInt32>(context, count: 32, zeroed: true)), 1 as Int32, 32 as Int32, 0 as Int32,
        1 as Float)
    }

    @Test(arguments: devices, [false, true])
    func aProgramIsKeptWhenItsKernelsHaveBeenLaunched(_ device: Device, isProfiled: Bool) throws {
      let folder = try TemporaryFolder()
      let first = try launcher(device, folder, profiled: isProfiled)
      try launch(first)
      #expect(try folder.files.count == 1)

      let noCompiler = FaultInjection("clCreateProgramWithSource", status: .compilerNotAvailable)
      try FaultInjection.$current.withValue(noCompiler) {
        try launch(first)
        try launch(try launcher(device, folder))
      }
      #expect(!noCompiler.hasFired)
    }

    /// What a model begins with: others need not wait until all of it is loaded, nor compile it too.
    @Test(arguments: devices)
    func theKernelThatPacksIsKeptWithTheFirstMatrix(_ device: Device) throws {
      let folder = try TemporaryFolder()
      func load() throws -> [Float] {
        let launcher = try launcher(device, folder)
        let loader = try WeightLoader(launcher, precision: .fp16, items: 1)
        let layout = PackedLayout(.fp16, .simd, .portable)
        _ = try loader.pack(.sample([[1, 2], [3, 4]]), layout: .inputMajor, as: layout)
        #expect(try folder.files.count == 1)
        let vector = try loader.widen(.sample([0.5, -2]), count: 3)
        try loader.finish()
        return try launcher.queue.read(vector)
      }
      #expect(try load() == [0.5, -2, 0])
      let noCompiler = FaultInjection("clCreateProgramWithSource", status: .compilerNotAvailable)
      #expect(try FaultInjection.$current.withValue(noCompiler) { try load() } == [0.5, -2, 0])
      #expect(!noCompiler.hasFired)
      #expect(try folder.files.count == 1)
    }

    /// Of two kernels of a program, PoCL would compile the second for the first to be kept.
    @Test(arguments: devices)
    func aProgramOfTwoKernelsIsKeptWithTheSecond(_ device: Device) throws {
      let folder = try TemporaryFolder()
      let launcher = try launcher(device, folder)
      try KernelLibrary.$replacements.withValue([.loops: Pair.text]) {
        let y = try Buffer<Int32>(launcher.queue.context, count: 1, zeroed: true)
        for (index, function) in ["first", "second"].enumerated() {
          try launcher.run(Pair(function: function), global: 1, local: 1, Output(y))
          #expect(try folder.files.count == index)
          #expect(try launcher.queue.read(y) == [Int32(index + 1)])
        }
      }
    }
  }
}

/// Two kernels of one program.
private struct Pair: KernelDescriptor {
  static let text = """
    __kernel void first(__global int* y) { y[0] = 1; }
    __kernel void second(__global int* y) { y[0] = 2; }
    """
  var source: KernelSource { .loops }
  let function: String
  var definitions: [(name: String, value: String)] { [] }
}
