@testable import Engine
import GPT2
import OpenCL
import TestSupport
import Testing

@testable import Batch

/// Jobs on a device of which the Nth call fails, for every N.
@Suite(.serialized, .enabled(if: (try? Device.all().isEmpty) == false, "No OpenCL driver offers a device here."))
struct FaultTests {
  /// A routine, its error, and how many calls lie between two that are tried.
  struct Failure: Sendable, CustomTestStringConvertible {
    let routine: String
    let status: Status
    var stride = 1
    var testDescription: String { "\(routine) \(status)" }
  }

  private static let items = [
    #"{"id":"a","prompt":[5,6,7],"max_new_tokens":1}"#,
    #"{"id":"b","prompt":[8],"max_new_tokens":3,"ignore_eos":true,"n":2}"#,
    #"{"id":"c","prompt":[9,10],"max_new_tokens":2,"ignore_eos":true,"repetition_penalty":1.3}"#,
    #"{"id":"d","prompt":[11,12],"max_new_tokens":2,"ignore_eos":true,"no_repeat_ngram_size":2}"#,
  ]

  private func run(
    _ folder: JobFolder, _ model: LoadedModel, to output: String, fault: FaultInjection? = nil
  ) throws {
    // Of another size, so that memory is asked for anew each time.
    let batchSize = fault == nil ? 2 : 3
    var options = JobOptions(input: folder.path("in"), output: folder.path(output))
    (options.defaults.seed, options.resumes) = (7, true)
    let job = try BatchJob(options, model: JobFolder.model.get())
    // One thread after the other has it.
    nonisolated(unsafe) let model = model
    let worker = JobWorker("0") {
      JobWorker.Writer(run: { source, onEvent in
        try FaultInjection.$current.withValue(fault) { try model.run(source, batchSize: batchSize, onEvent: onEvent) }
      })
    }
    _ = try job.run(in: JobFolder.environment, on: [worker])
  }

  @Test(arguments: [
    Failure(routine: "clCreateBuffer", status: .memoryObjectAllocationFailure),
    Failure(routine: "clCreateCommandQueue", status: .outOfResources),
    Failure(routine: "clEnqueueFillBuffer", status: .outOfResources),
    Failure(routine: "clFinish", status: .memoryObjectAllocationFailure),
    Failure(routine: "clEnqueueWriteBuffer", status: .outOfResources),
    Failure(routine: "clEnqueueWriteBuffer", status: .invalidValue),
    Failure(routine: "clEnqueueNDRangeKernel", status: .outOfResources, stride: 3),
    Failure(routine: "clEnqueueNDRangeKernel", status: .invalidValue, stride: 7),
    Failure(routine: "clSetKernelArg", status: .outOfHostMemory, stride: 101),
    Failure(routine: "clEnqueueCopyBuffer", status: .outOfResources),
    Failure(routine: "clEnqueueReadBuffer", status: .outOfResources),
    Failure(routine: "clWaitForEvents", status: .deviceNotAvailable),
    Failure(routine: "clGetEventInfo", status: .outOfHostMemory, stride: 3),
    Failure(routine: "clFlush", status: .outOfResources),
  ])
  func theNthCallFails(_ failure: Failure) throws {
    let folder = try JobFolder()
    try folder.write(Self.items)
    let model = try LoadedModel(JobFolder.model.get(), device: .number(0))
    try run(folder, model, to: "wanted")
    let wanted = try folder.lines("wanted").sorted()
    var shortages = 0
    model.onMemoryShortage = { _ in shortages += 1 }
    var (call, failures) = (1, 0)
    while true {
      let output = "out \(call)"
      let fault = FaultInjection(failure.routine, call: call, status: failure.status)
      do {
        try run(folder, model, to: output, fault: fault)
      } catch let error as OpenCLError {
        #expect(error.routine == failure.routine && error.status == failure.status && fault.hasFired)
        failures += 1
        let kept = try folder.lines(output)
        #expect(Set(kept).isSubset(of: wanted) && Set(kept).count == kept.count)
        try run(folder, model, to: output)
      }
      #expect(try folder.lines(output).sorted() == wanted, "call \(call)")
      if !fault.hasFired { break }
      call += Tier.isFull ? failure.stride : 4 * failure.stride
    }
    #expect(failures + shortages > 0)
  }

  /// A failure while loading is an error of the device, and no crash; kept programs and probes are not needed.
  @Test(arguments: [
    Failure(routine: "clCreateContext", status: .outOfHostMemory),
    Failure(routine: "clCreateBuffer", status: .memoryObjectAllocationFailure, stride: 13),
    Failure(routine: "clSetMemObjectDestructorCallback", status: .outOfHostMemory, stride: 13),
    Failure(routine: "clEnqueueFillBuffer", status: .outOfResources, stride: 13),
    Failure(routine: "clEnqueueNDRangeKernel", status: .outOfResources, stride: 13),
    Failure(routine: "clEnqueueReadBuffer", status: .outOfResources),
    Failure(routine: "clCreateKernel", status: .outOfHostMemory),
  ])
  func loadingFails(_ failure: Failure) throws {
    let model = try JobFolder.model.get()
    var (call, failures) = (1, 0)
    while true {
      let fault = FaultInjection(failure.routine, call: call, status: failure.status)
      do {
        _ = try FaultInjection.$current.withValue(fault) { try LoadedModel(model, device: .number(0)) }
      } catch let error as OpenCLError {
        #expect(error.routine == failure.routine && error.status == failure.status && fault.hasFired)
        failures += 1
      }
      if !fault.hasFired { break }
      call += failure.stride
    }
    // Only a device that computes in the host's memory is lent some.
    #expect(failures > 0 || failure.routine == "clSetMemObjectDestructorCallback")
  }

  /// A device of which no memory can be had at all ends the job, after all that can be tried.
  @Test func withoutMemoryThereIsAnEnd() throws {
    let folder = try JobFolder()
    try folder.write(Self.items)
    let model = try LoadedModel(JobFolder.model.get(), device: .number(0))
    var sizes: [Int] = []
    model.onMemoryShortage = { sizes.append($0.now) }
    let fault = FaultInjection("clCreateBuffer", count: .max, status: .memoryObjectAllocationFailure)
    #expect(throws: OpenCLError.self) { try run(folder, model, to: "out", fault: fault) }
    #expect(sizes.last == 1 && sizes.count < 10)
  }

  /// Two contexts of one device, of which one fails: the other writes the same.
  @Test(arguments: Tier.isFull ? [nil, 1, 40, 90, 140, 190, 240] : [nil, 1, 140])
  func anotherDeviceTakesOver(_ call: Int?) throws {
    let folder = try JobFolder()
    try folder.write(Items.lines(20))
    var options = JobOptions(input: folder.path("in"), output: folder.path("wanted"))
    (options.defaults.seed, options.defaults.maxNewTokens, options.isOrdered) = (7, 3, true)
    let fault = call.map { FaultInjection("clEnqueueNDRangeKernel", call: $0, status: .invalidValue) }
    func worker(_ name: String, _ fault: FaultInjection?) -> JobWorker {
      JobWorker(name) {
        let model = try LoadedModel(JobFolder.model.get(), device: .number(0))
        return JobWorker.Writer(run: { source, onEvent in
          try FaultInjection.$current.withValue(fault) { try model.run(source, batchSize: 4, onEvent: onEvent) }
        })
      }
    }
    _ = try BatchJob(options, model: JobFolder.model.get()).run(in: JobFolder.environment, on: [worker("alone", nil)])
    options.output = folder.path("out")
    let summary = try BatchJob(options, model: JobFolder.model.get()).run(
      in: JobFolder.environment, on: [worker("good", nil), worker("bad", fault)])
    #expect(summary.items == 20 && summary.devices.count == 2)
    if fault?.hasFired == true { #expect(summary.devices[1].statistics == nil) }
    #expect(try folder.lines() == folder.lines("wanted"))
  }
}
