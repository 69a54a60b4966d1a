import OpenCL
import TestSupport
import Testing

@testable import OpenCLBackend

extension BackendTests {
  /// What launches ask for ahead: pieces of the matrices behind their own, in order, none twice, none too far.
  @Suite struct WeightStreamTests {
    private static let mebibyte = 1 << 20
    private static let distance = 12

    /// An embedding, then the matrices of a layer, by MiB.
    private func stream(_ sizes: [Int]) throws -> (WeightStream, [Buffer<Stored>]) {
      let context = try Context(device: try #require(Devices.all.first))
      let buffers = try sizes.map { try Buffer<Stored>(context, count: $0 * Self.mebibyte / 2) }
      let stream = WeightStream()
      for buffer in buffers { stream.add(buffer) }
      return (stream, buffers)
    }

    private func range(_ piece: WeightStream.Piece) -> Range<Int> {
      let perMebibyte = Int32(Self.mebibyte / 32)
      return Int(piece.first / perMebibyte)..<Int((piece.first + piece.count) / perMebibyte)
    }

    @Test func piecesFollowOneAnother() throws {
      let (stream, buffers) = try stream([20, 5, 2, 10, 10])
      for _ in 0..<2 {
        stream.begin()
        var found: [(Int, Range<Int>)] = []
        for index in [1, 1, 2, 3, 4, 0] {  // the first is followed by attention, the last is the head
          let piece = stream.ahead(of: buffers[index])
          if piece.count > 0 { found.append((try #require(buffers.firstIndex { $0 === piece.weights }), range(piece))) }
        }
        let expected = [(2, 0..<2), (3, 0..<5), (3, 5..<7), (4, 0..<8), (0, 0..<8)]
        #expect(found.map(\.0) == expected.map(\.0))
        #expect(found.map(\.1) == expected.map(\.1))
      }
    }

    @Test func nothingIsAskedForTooFarAhead() throws {
      let (stream, buffers) = try stream([4, 1, 9, 9])
      stream.begin()
      var asked = 0
      while true {
        let piece = stream.ahead(of: buffers[1])
        if piece.count == 0 { break }
        #expect(range(piece).count <= 1)  // MiB of its own
        asked += range(piece).count
      }
      #expect(asked == Self.distance)
    }

    /// A matrix that is none of the model's, as of probes.
    @Test func strangersAskForNothing() throws {
      let (stream, _) = try stream([1, 1])
      let (_, others) = try self.stream([1])
      #expect(stream.ahead(of: others[0]).count == 0)
    }
  }
}
