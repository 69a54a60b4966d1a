import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct KernelArgumentTests {
  @Test(arguments: Devices.all)
  func declarationsAgreeWithTheSource(device: Device) throws {
    let bench = try QueueHarness(device)
    let kernel = try bench.kernel("every_kind", in: KernelTests.source, options: "-cl-kernel-arg-info")
    let arguments = try kernel.argumentInfo()
    #expect(arguments.map(\.name) == ["x", "y", "sums", "shared", "count", "first", "large", "scale"])
    #expect(
      arguments.map(\.typeName) == ["float*", "float*", "ulong*", "float*", "int", "uint", "ulong", "float"])
    #expect(
      arguments.map(\.addressSpace) == [.global, .global, .global, .local] + Array(repeating: .private, count: 4))
    #expect(arguments.map(\.isConst) == [true] + Array(repeating: false, count: 7))

    let declared = [
      Input<Float>.signature, Output<Float>.signature, InputOutput<UInt64>.signature, Local<Float>.signature,
      Int32.signature, UInt32.signature, UInt64.signature, Float.signature,
    ]
    // Each agrees with its own argument, and with those of the same declaration only.
    for (i, signature) in declared.enumerated() {
      for (j, argument) in arguments.enumerated() {
        #expect(signature.agrees(with: argument) == (i == j), "\(signature) with \(argument)")
      }
    }
  }

  @Test func vectorsAndConstantMemoryAgreeToo() {
    let weights = KernelArgumentInfo(name: "w", typeName: "half16*", addressSpace: .constant, isConst: true)
    #expect(Input<Float16>.signature.agrees(with: weights))
    #expect(!Output<Float16>.signature.agrees(with: weights))
    #expect(!Input<Float>.signature.agrees(with: weights))
    // A host type without a name in OpenCL C may be anything there.
    #expect(Input<SIMD4<Float>>.signature.agrees(with: weights))
    let value = KernelArgumentInfo(name: "n", typeName: "int", addressSpace: .private, isConst: false)
    #expect(!Input<Int32>.signature.agrees(with: value))
  }
}
