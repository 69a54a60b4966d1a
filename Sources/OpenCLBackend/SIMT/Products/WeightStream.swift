internal import OpenCL

/// The model's matrices in the order in which a step reads them, and how far it has asked for them: launches ask for
/// what later ones read, which comes while they wait for sums, and while none runs. No number depends on it.
final class WeightStream {
  /// A piece of a matrix, in the kernels' sectors of 32 bytes.
  struct Piece {
    let weights: Buffer<Stored>
    var first: Int32 = 0
    var count: Int32 = 0
  }

  /// `SECTOR_CHUNKS` of 16 bytes.
  private static let sector = 32
  /// Bytes behind a launch's own matrix that are asked for at the most: well below what the cache has room for.
  private static let distance = 12 << 20
  /// Bytes that a launch asks for at the most. What has few work-groups has little under way, and would wait until it
  /// could ask for the rest: none asks for more than its own matrix has.
  private static let most = 8 << 20

  private var matrices: [(weights: Buffer<Stored>, range: Range<Int>)] = []
  private var places: [ObjectIdentifier: Int] = [:]
  /// The bytes of the stream that a step has asked for or read.
  private var asked = 0

  /// Adds the next matrix. The first one, the embedding, is the head, too, and so read last.
  func add(_ weights: Buffer<Stored>) {
    places[ObjectIdentifier(weights)] = matrices.count
    let begin = matrices.count > 1 ? matrices[matrices.count - 1].range.upperBound : 0
    matrices.append((weights, begin..<begin + weights.count * MemoryLayout<Stored>.stride))
  }

  /// The embedding's place behind all others.
  private var head: (weights: Buffer<Stored>, range: Range<Int>) {
    let end = matrices[matrices.count - 1].range.upperBound
    return (matrices[0].weights, end..<end + matrices[0].range.count)
  }

  /// A step's launches are to be made.
  func begin() { asked = 0 }

  /// What a launch may ask for that reads a matrix, or comes right behind one that does.
  func ahead(of weights: Buffer<Stored>) -> Piece {
    guard let place = places[ObjectIdentifier(weights)], place > 0 else { return Piece(weights: weights) }
    let own = matrices[place].range
    asked = max(asked, own.upperBound)
    let next = matrices.dropFirst(place + 1).first { asked < $0.range.upperBound } ?? head
    let end = min(next.range.upperBound, own.upperBound + Self.distance, asked + min(Self.most, own.count))
    guard asked < end else { return Piece(weights: next.weights) }
    let first = (asked - next.range.lowerBound) / Self.sector
    let count = (end - next.range.lowerBound) / Self.sector - first
    asked = end
    return Piece(weights: next.weights, first: Int32(first), count: Int32(count))
  }
}
