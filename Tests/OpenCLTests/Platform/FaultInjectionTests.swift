import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct FaultInjectionTests {
  /// A run through every routine that the layer calls.
  private func everything(_ device: Device) throws {
    _ = try Device.all()
    let context = try Context(device: device)
    let queue = try CommandQueue(context, profiling: true)
    let source = "kernel void copy(global const int *x, global int *y) { y[0] = x[0]; }"
    let kernel = try Program(context, source: source, options: "-cl-kernel-arg-info").kernel(named: "copy")
    _ = try kernel.argumentInfo()
    let x = try Buffer<Int32>(context, count: 1)
    let y = try Buffer<Int32>(context, count: 1)
    try queue.write([5], to: x)
    try queue.fill(y, with: 0)
    try queue.copy(from: x, to: y, count: 1)
    try queue.enqueueWrite([6], to: x)
    try kernel.bind(Input(x), Output(y))
    try queue.enqueue(kernel, global: 1, local: 1)
    let event = try queue.enqueueTimed(kernel, global: 1, local: 1)
    let read = try queue.enqueueRead(y)
    _ = try read.wait()
    _ = try event.status()
    _ = try event.times()
    try queue.flush()
    try queue.finish()
    #expect(try queue.read(y) == [6])
  }

  @Test(arguments: Devices.all)
  func everyRoutineCanFail(device: Device) throws {
    // Without a fault it goes through.
    try everything(device)
    let routines = [
      "clGetPlatformIDs", "clGetPlatformInfo", "clCreateContext", "clCreateCommandQueue", "clCreateProgramWithSource",
      "clBuildProgram", "clCreateKernel", "clGetKernelInfo", "clGetKernelWorkGroupInfo", "clGetKernelArgInfo",
      "clCreateBuffer", "clEnqueueWriteBuffer", "clEnqueueFillBuffer", "clEnqueueCopyBuffer", "clSetKernelArg",
      "clEnqueueNDRangeKernel", "clEnqueueReadBuffer", "clWaitForEvents", "clGetEventInfo", "clGetEventProfilingInfo",
      "clFlush", "clFinish",
    ]
    for routine in routines {
      let fault = FaultInjection(routine, status: .outOfHostMemory)
      let error = try withFault(fault) { try failure { try everything(device) } }
      #expect(error.routine == routine && error.status == .outOfHostMemory)
    }
  }

  @Test(arguments: Devices.all)
  func theChosenCallFailsAndNoOther(device: Device) throws {
    let context = try Context(device: device)
    let fault = FaultInjection("clCreateBuffer", call: 2, status: .memoryObjectAllocationFailure)
    try withFault(fault) {
      _ = try Buffer<Float>(context, count: 1)
      #expect(!fault.hasFired)
      let error = try failure { _ = try Buffer<Float>(context, count: 1 << 10) }
      #expect(error.description.contains("4.0 KiB on \(device.name)"))
      #expect(fault.hasFired)
      _ = try Buffer<Float>(context, count: 1)
    }
    // Alive, but not in force here.
    withExtendedLifetime(FaultInjection("clCreateBuffer", status: .outOfHostMemory)) {
      #expect(throws: Never.self) { _ = try Buffer<Float>(context, count: 1) }
    }
  }
}
