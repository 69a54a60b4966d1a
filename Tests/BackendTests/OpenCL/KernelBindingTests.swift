import Kernels
import OpenCL
import Testing

@testable import OpenCLBackend

/// The comparison of bindings with declarations, under which all tests of operations run, must be able to fail.
extension BackendTests {
  @Suite struct KernelBindingTests {
    /// A structure is bound where the kernel declares that one, by value.
    @Test func structuresAreToldApart() {
      func declared(_ typeName: String, _ space: AddressSpace = .private) -> KernelArgumentInfo {
        KernelArgumentInfo(name: "arguments", typeName: typeName, addressSpace: space, isConst: true)
      }
      #expect(BlockArguments.signature.agrees(with: declared("BlockArguments")))
      #expect(!BlockArguments.signature.agrees(with: declared("OtherArguments")))
      #expect(!BlockArguments.signature.agrees(with: declared("BlockArguments*", .global)))
      #expect(!Int32.signature.agrees(with: declared("BlockArguments")))
    }

    /// The norm's kernel, bound with one thing wrong.
    @Test(arguments: BackendCase.openCL)
    func wrongBindingsAreNoticed(_ row: BackendCase) throws {
      guard let backend = try row.backend as? OpenCLBackend else { return }
      let launcher = backend.launcher
      let (kernel, group): (any KernelDescriptor, NDRange) =
        switch backend.family {
        case .simd: (SIMDLayerNorm(layout: nil), 1)
        case .simt: (SIMTLayerNorm(channels: 64, layout: nil), NDRange(SIMTLayerNorm.groupSize))
        }
      let floats = try Buffer<Float>(backend.queue.context, count: 32, zeroed: true)
      let integers = try Buffer<Int32>(backend.queue.context, count: 32, zeroed: true)
      let words = try Buffer<UInt32>(backend.queue.context, count: 32, zeroed: true)

      try launcher.run(
        kernel, global: group, local: group, Input(floats), Input(floats), Input(floats), Output(floats), Output(words),
        1 as Int32, 32 as Int32, 0 as Int32, 1 as Float)

      func argument(_ run: () throws -> Void) throws -> Int {
        let mismatch = try #require(throws: KernelMismatch.self) { try run() }
        #expect(mismatch.kernel == "layer_norm")
        return mismatch.argument
      }
      let ofAnotherType = try argument {
        try launcher.run(
          kernel, global: group, local: group, Input(floats), Input(integers), Input(floats), Output(floats),
          Output(words),
          1 as Int32, 32 as Int32, 0 as Int32, 1 as Float)
      }
      #expect(ofAnotherType == 1)
      let readWhereItIsWritten = try argument {
        try launcher.run(
          kernel, global: group, local: group, Input(floats), Input(floats), Input(floats), Input(floats),
          Output(words),
          1 as Int32, 32 as Int32, 0 as Int32, 1 as Float)
      }
      #expect(readWhereItIsWritten == 3)
      let writtenWhereItIsRead = try argument {
        try launcher.run(
          kernel, global: group, local: group, Output(floats), Input(floats), Input(floats), Output(floats),
          Output(words),
          1 as Int32, 32 as Int32, 0 as Int32, 1 as Float)
      }
      #expect(writtenWhereItIsRead == 0)
      let anIntegerForANumber = try argument {
        try launcher.run(
          kernel, global: group, local: group, Input(floats), Input(floats), Input(floats), Output(floats),
          Output(words),
          1 as Int32, 32 as Int32, 0 as Int32, 1 as Int32)
      }
      #expect(anIntegerForANumber == 8)
    }
  }
}
