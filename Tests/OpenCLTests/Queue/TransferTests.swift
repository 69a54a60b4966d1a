import OpenCL
import TestSupport
import Testing

@Suite(.requiresDevice)
struct TransferTests {
  @Test(arguments: Devices.all)
  func elementsComeBackAsTheyWent(device: Device) throws {
    let bench = try QueueHarness(device)
    for count in [1, 2, 3, 127, 128, 129, 10_007] {
      let elements = (0..<count).map { Float($0) * 0.5 }
      let buffer = try bench.buffer(elements)
      #expect(buffer.count == count && buffer.byteCount == 4 * count)
      #expect(try bench.queue.read(buffer) == elements)
    }
    let bytes: [UInt8] = [0, 255, 7]
    #expect(try bench.queue.read(try bench.buffer(bytes)) == bytes)
  }

  @Test(arguments: Devices.all)
  func subrangesTouchOnlyTheirElements(device: Device) throws {
    let bench = try QueueHarness(device)
    let buffer = try bench.buffer([Int32](0..<10))
    try bench.queue.write([70, 80], to: buffer, at: 7)
    try [Int32(10)].withUnsafeBytes { try bench.queue.write($0, to: buffer, at: 1) }
    try [Int32(30)].withUnsafeBufferPointer { try bench.queue.write($0, to: buffer, at: 3) }
    try bench.queue.enqueueWrite([50], to: buffer, at: 5)
    try bench.queue.write([], to: buffer, at: 10)
    #expect(try bench.queue.read(buffer) == [0, 10, 2, 30, 4, 50, 6, 70, 80, 9])
    #expect(try bench.queue.read(buffer, at: 3, count: 4) == [30, 4, 50, 6])
    #expect(try bench.queue.read(buffer, at: 8) == [80, 9])
    #expect(try bench.queue.read(buffer, at: 10).isEmpty)
    #expect(try bench.queue.read(buffer, at: 4, count: 0).isEmpty)
  }

  @Test(arguments: Devices.all)
  func copiesAndFillsOnTheDevice(device: Device) throws {
    let bench = try QueueHarness(device)
    let source = try bench.buffer((0..<8).map(Float.init))
    let target = try Buffer<Float>(bench.context, count: 8, zeroed: true)
    #expect(try bench.queue.read(target) == [Float](repeating: 0, count: 8))
    try bench.queue.copy(from: source, at: 2, to: target, at: 5, count: 3)
    try bench.queue.copy(from: target, at: 6, to: target, at: 0, count: 2)
    try bench.queue.fill(target, with: -1, at: 3, count: 2)
    #expect(try bench.queue.read(target) == [3, 4, 0, -1, -1, 2, 3, 4])
    try bench.queue.fill(target, with: 9, at: 6)
    try bench.queue.fill(target, with: 5, at: 8)
    #expect(try bench.queue.read(target) == [3, 4, 0, -1, -1, 2, 9, 9])
    #expect(throws: OpenCLError.self) { try bench.queue.copy(from: target, at: 0, to: target, at: 1, count: 2) }
  }

  @Test(arguments: Devices.all)
  func refusesWhatIsOutOfBounds(device: Device) throws {
    let bench = try QueueHarness(device)
    let queue = bench.queue
    let buffer = try bench.buffer([UInt16](0..<10))
    for (start, count) in [(0, 11), (10, 1), (11, 0), (-1, 1), (1, -1), (Int.max, 1), (1, Int.max), (Int.min, 0)] {
      #expect(throws: OpenCLError.self) { try queue.read(buffer, at: start, count: count) }
      #expect(throws: OpenCLError.self) { try queue.enqueueRead(buffer, at: start, count: count) }
      #expect(throws: OpenCLError.self) { try queue.fill(buffer, with: 1, at: start, count: count) }
      #expect(throws: OpenCLError.self) { try queue.copy(from: buffer, at: start, to: buffer, at: 5, count: count) }
      #expect(throws: OpenCLError.self) { try queue.copy(from: buffer, at: 5, to: buffer, at: start, count: count) }
    }
    #expect(throws: OpenCLError.self) { try queue.read(buffer, at: 11) }
    #expect(throws: OpenCLError.self) { try queue.write([1, 2], to: buffer, at: 9) }
    #expect(throws: OpenCLError.self) { try queue.enqueueWrite([1, 2], to: buffer, at: 9) }
    let odd = try failure { try [UInt8](0..<3).withUnsafeBytes { try queue.write($0, to: buffer) } }
    #expect(odd.status == .invalidValue)
    #expect(odd.description.contains("3 bytes for elements of 2"))
    let outside = try failure { try queue.write([1, 2], to: buffer, at: 9) }
    #expect(outside.description.contains("2 elements at 9 of a buffer of 10"))
    #expect(try queue.read(buffer) == [UInt16](0..<10))
  }
}
