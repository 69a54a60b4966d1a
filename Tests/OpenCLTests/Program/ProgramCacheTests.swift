import Foundation
import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct ProgramCacheTests {
  static let source = "kernel void answer(global int *y) { y[0] = ANSWER; }"

  /// The kernel's result when its program comes through `cache`; `fault` strikes on the way.
  private func answer(
    _ bench: QueueHarness, _ cache: ProgramCache?, options: String = "-D ANSWER=1", fault: FaultInjection? = nil
  ) throws -> Int32 {
    let program = try withFault(fault) {
      let program = try Program(bench.context, source: Self.source, options: options, cache: cache)
      if let cache { program.keep(in: cache) }
      return program
    }
    let y = try bench.buffer([Int32(0)])
    let kernel = try program.kernel(named: "answer")
    try kernel.bind(Output(y))
    try bench.queue.enqueue(kernel, global: 1, local: 1)
    return try bench.queue.read(y)[0]
  }

  @Test(arguments: Devices.all)
  func aKeptProgramNeedsNoSource(device: Device) throws {
    let bench = try QueueHarness(device)
    let folder = try TemporaryFolder()
    let cache = ProgramCache(folder: folder.url.path + "/made/on/demand")
    #expect(try answer(bench, cache) == 1)
    // Compiling would fail: only the kept binary can answer.
    let noCompiler = FaultInjection("clCreateProgramWithSource", status: .compilerNotAvailable)
    #expect(try answer(bench, cache, fault: noCompiler) == 1)
    #expect(!noCompiler.hasFired)
    // Other options are another program.
    #expect(try answer(bench, cache, options: "-D ANSWER=2") == 2)
    #expect(try answer(bench, cache) == 1)
  }

  @Test(arguments: Devices.all)
  func aDamagedFileIsCompiledAnewAndReplaced(device: Device) throws {
    let bench = try QueueHarness(device)
    let folder = try TemporaryFolder()
    let cache = ProgramCache(folder: folder.url.path)
    #expect(try answer(bench, cache) == 1)
    let file = try #require(try folder.files.first)
    let whole = try Data(contentsOf: file)

    var flipped = whole
    flipped[whole.count - 1] ^= 1
    var otherKey = whole
    otherKey[3] ^= 1
    for damaged in [Data(), whole.prefix(10), whole.dropLast(), flipped, otherKey, whole + [0]] {
      try damaged.write(to: file)
      let build = FaultInjection("clCreateProgramWithBinary", status: .buildProgramFailure)
      #expect(try answer(bench, cache, fault: build) == 1)
      #expect(!build.hasFired)
      #expect(try Data(contentsOf: file).count > 100)
      let noCompiler = FaultInjection("clCreateProgramWithSource", status: .compilerNotAvailable)
      #expect(try answer(bench, cache, fault: noCompiler) == 1)
    }
  }

  @Test(arguments: Devices.all)
  func aBinaryThatTheDriverRefusesIsCompiledAnew(device: Device) throws {
    let bench = try QueueHarness(device)
    let folder = try TemporaryFolder()
    let cache = ProgramCache(folder: folder.url.path)
    #expect(try answer(bench, cache) == 1)
    for routine in ["clCreateProgramWithBinary", "clBuildProgram"] {
      let refusal = FaultInjection(routine, status: .buildProgramFailure)
      #expect(try answer(bench, cache, fault: refusal) == 1)
      #expect(refusal.hasFired)
    }
  }

  @Test(arguments: Devices.all)
  func anUnusableFolderCostsNothingButTime(device: Device) throws {
    let bench = try QueueHarness(device)
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "file")
    try Data("not a folder".utf8).write(to: file)
    #expect(try answer(bench, ProgramCache(folder: file.path)) == 1)
    #expect(try answer(bench, ProgramCache(folder: "/proc/self/nowhere")) == 1)
    // Nothing is kept of a program that does not give its binary away.
    let kept = ProgramCache(folder: folder.url.path + "/kept")
    let secretive = FaultInjection("clGetProgramInfo", status: .invalidValue)
    #expect(try answer(bench, kept, fault: secretive) == 1)
    #expect(!FileManager.default.fileExists(atPath: kept.folder))
  }

  /// A compiled program is code that runs as the user.
  @Test(arguments: Devices.all)
  func aFolderThatOthersMayWriteToIsLeftAlone(device: Device) throws {
    let bench = try QueueHarness(device)
    let folder = try TemporaryFolder()
    let cache = ProgramCache(folder: folder.url.path)
    #expect(try answer(bench, cache) == 1)
    let file = try #require(try folder.files.first).path
    for (path, mode, own) in [(file, 0o620, 0o600), (folder.url.path, 0o702, 0o700)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let noBinary = FaultInjection("clCreateProgramWithBinary", status: .buildProgramFailure)
      #expect(try answer(bench, cache, fault: noBinary) == 1)
      #expect(!noBinary.hasFired)
      try FileManager.default.setAttributes([.posixPermissions: own], ofItemAtPath: path)
    }
  }

  @Test func theEnvironmentSaysWhere() {
    var environment: [String: String] = [:]
    #expect(ProgramCache.folder(in: environment) == nil)
    environment["HOME"] = "/home/me"
    #expect(ProgramCache.folder(in: environment) == "/home/me/.cache/gpt2-gpu")
    environment["XDG_CACHE_HOME"] = "/caches"
    #expect(ProgramCache.folder(in: environment) == "/caches/gpt2-gpu")
    environment["GPT2_GPU_CACHE"] = "/mine"
    #expect(ProgramCache.folder(in: environment) == "/mine")
    environment["GPT2_GPU_CACHE"] = ""
    #expect(ProgramCache.folder(in: environment) == "/caches/gpt2-gpu")
  }
}
