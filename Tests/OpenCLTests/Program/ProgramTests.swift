import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct ProgramTests {
  @Test(arguments: Devices.all)
  func aProgramThatDoesNotCompileCarriesTheLog(device: Device) throws {
    let context = try Context(device: device)
    let error = try failure {
      _ = try Program(context, source: "kernel void broken(global float *x) { x[0] = undeclared_name; }")
    }
    #expect(error.routine == "clBuildProgram" && error.status == .buildProgramFailure)
    #expect(try #require(error.buildLog).contains("undeclared_name"))
    #expect(error.description.contains("undeclared_name"))
  }

  @Test(arguments: Devices.all)
  func optionsReachTheCompiler(device: Device) throws {
    let bench = try QueueHarness(device)
    let y = try bench.buffer([Int32(0)])
    let kernel = try bench.kernel(
      "answer", in: "kernel void answer(global int *y) { y[0] = ANSWER; }", options: "-D ANSWER=42")
    try kernel.bind(Output(y))
    try bench.queue.enqueue(kernel, global: 1, local: 1)
    #expect(try bench.queue.read(y) == [42])
  }

  @Test(arguments: Devices.all)
  func unknownKernelsAreNamed(device: Device) throws {
    let program = try Program(try Context(device: device), source: "kernel void known(global int *y) { y[0] = 1; }")
    let error = try failure { _ = try program.kernel(named: "unknown") }
    #expect(error.status == .invalidKernelName)
    #expect(error.description.contains("unknown"))
  }
}
