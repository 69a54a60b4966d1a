import OpenCL
import TestSupport
import Testing

@testable import Checkpoint
@testable import Backend
@testable import Engine
@testable import GPT2
@testable import OpenCLBackend

extension BackendTests {
  /// Steps that are alike are enqueued again as they were.
  @Suite struct LaunchRecordTests {
    private static let devices = Devices.quick
    private static let checkpoint = TinyCheckpoint(seed: 5) { ($0.layerCount, $0.contextLength) = (2, 300) }

    /// A model, and the sequences on it.
    private final class Writer {
      let model: GPT2Model<OpenCLBackend>
      var backend: OpenCLBackend { model.backend }

      /// - Parameter records: Whether steps may be enqueued again: those that are timed are not.
      init(_ device: Device, _ family: KernelFamily, _ precision: Precision, records: Bool) throws {
        let profile = records ? nil : KernelProfile()
        profile?.isActive = true
        let backend = try OpenCLBackend(
          device: device, precision: precision, family: family, maximumRows: 600, profile: profile)
        model = try GPT2Model(try PretrainedModel(checkpoint.files).checkpoint, on: backend)
      }

      func session(slots: Int) throws -> Session<OpenCLBackend> {
        try Session(model, limits: .init(slots: slots, length: 300, rows: 600, outputs: slots, endOfText: []))
      }

      /// The logits behind a step of the slots' last samples, all `token`.
      func logits(
        _ session: Session<OpenCLBackend>, slots: Range<Int>, position: (Int) -> Int, token: Int32 = 65,
        fault: FaultInjection? = nil
      ) throws -> [Float] {
        var step = Step()
        for slot in slots {
          try backend.setLastSamples([(slot, token)], session.slots)
          step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: position(slot))
        }
        try FaultInjection.$current.withValue(fault) { try model.forward(step, in: session) }
        return try backend.read(session.activations.logits, count: step.outputs.count)
      }

      /// Puts prompts of 247 tokens into the slots: the context soon has another page.
      func prompt(_ session: Session<OpenCLBackend>, slots: Range<Int>) throws {
        var step = Step()
        for slot in slots {
          let tokens = (0..<247).map { Int32(($0 * 7 + slot) % 250) }
          step.append(tokens, slot: Int32(slot), firstPosition: 0, wantsLogits: .none)
        }
        try model.forward(step, in: session)
      }
    }

    @Test(arguments: devices, KernelFamily.allCases)
    func logitsAreTheSame(device: Device, family: KernelFamily) throws {
      for precision in [Precision.fp16, .int8] {
        /// Two sessions in turns, whose rows come and go, and reach the context's next page amid steps alike.
        func logits(records: Bool) throws -> [[Float]] {
          let writer = try Writer(device, family, precision, records: records)
          let sessions = [try writer.session(slots: 2), try writer.session(slots: 2)]
          for session in sessions { try writer.prompt(session, slots: 0..<2) }
          var found: [[Float]] = []
          var written = Array(repeating: [247, 247], count: 2)
          for step in 0..<40 {
            let turn = step / 5 % 2
            let slots = step / 10 % 2 == 0 ? 0..<2 : 1..<2
            found.append(
              try writer.logits(sessions[turn], slots: slots, position: { written[turn][$0] }, token: Int32(step)))
            for slot in slots { written[turn][slot] += 1 }
          }
          return found
        }
        #expect(try logits(records: true) == logits(records: false))
      }
    }

    @Test(arguments: devices, KernelFamily.allCases)
    func stepsAlikeBindNothing(device: Device, family: KernelFamily) throws {
      let writer = try Writer(device, family, .fp16, records: true)
      let session = try writer.session(slots: 3)
      for position in 0..<8 {
        let fault = FaultInjection("clSetKernelArg", status: .outOfResources)
        let binds = position < 2
        _ = try writer.logits(session, slots: 0..<3, position: { _ in position }, fault: binds ? nil : fault)
        #expect(!fault.hasFired)
      }
      // Other rows, and so other arguments.
      let fault = FaultInjection("clSetKernelArg", status: .outOfResources)
      #expect(throws: OpenCLError.self) {
        try writer.logits(session, slots: 0..<2, position: { _ in 8 }, fault: fault)
      }
      // A failed step is not taken for recorded.
      for position in 8..<12 { _ = try writer.logits(session, slots: 0..<2, position: { _ in position }) }
    }

    /// The memory of a session goes with it.
    @Test(arguments: devices)
    func recordsKeepNoSessionButTheLast(device: Device) throws {
      let writer = try Writer(device, .simd, .fp16, records: true)
      func use() throws -> Int {
        let session = try writer.session(slots: 3)
        for position in 0..<4 { _ = try writer.logits(session, slots: 0..<3, position: { _ in position }) }
        return writer.backend.memoryBytes ?? 0
      }
      let first = try use()
      for _ in 0..<3 { #expect(try use() == first) }
    }
  }
}
