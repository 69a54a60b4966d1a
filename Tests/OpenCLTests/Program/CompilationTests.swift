import Dispatch
import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct CompilationTests {
  @Test func aPersonIsToldWhatTakesLong() throws {
    let device = try #require(Devices.all.first)
    let told = DispatchSemaphore(value: 0)
    Compilation.onPatienceLost { _ in told.signal() }
    let before = Compilation.time
    Compilation.measure(for: device) {
      #expect(Compilation.isUnderWay)
      told.wait()  // for ever, where nobody is told
    }
    #expect(Compilation.time > before)
    // Once: nobody is told of what comes after.
    Compilation.measure(for: device) {}
    #expect(told.wait(timeout: .now()) == .timedOut)
  }

  @Test(arguments: Devices.all.prefix(1))
  func buildingAProgramIsCompiling(_ device: Device) throws {
    let bench = try QueueHarness(device)
    let before = Compilation.time
    let program = try Program(bench.context, source: ProgramCacheTests.source, options: "-D ANSWER=3")
    #expect(program.isNew && Compilation.time > before)
  }
}
