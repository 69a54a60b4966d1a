/// What a file of SentencePiece holds, as far as it counts (google/sentencepiece, `sentencepiece_model.proto`).
struct SentencePieceModel {
  struct Piece {
    var text: [UInt8] = []
    var score: Float = 0
    var kind = Kind.normal
  }

  /// What a piece stands for.
  enum Kind: UInt64 {
    case normal = 1
    case unknown = 2
    /// Steers the model, and stands for no text.
    case control = 3
    /// Found in texts before all others.
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  /// In the order of ids.
  private(set) var pieces: [Piece] = []
  /// The normalizer's compiled map.
  private(set) var characterMap: [UInt8] = []

  init(_ bytes: [UInt8]) throws(ProtobufReader.Malformed) {
    var reader = ProtobufReader(bytes, in: bytes.indices)
    while let field = try reader.next() {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1:
        guard pieces.count < Vocabulary.maximumSize else { throw ProtobufReader.Malformed(offset: range.lowerBound) }
        pieces.append(try Self.piece(bytes, in: range))
      case 3: characterMap = try Self.characterMap(bytes, in: range) ?? characterMap
      default: break
      }
    }
  }

  private static func piece(_ bytes: [UInt8], in range: Range<Int>) throws(ProtobufReader.Malformed) -> Piece {
    var piece = Piece()
    var reader = ProtobufReader(bytes, in: range)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let text)): piece.text = Array(bytes[text])
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .integer(let kind)): piece.kind = Kind(rawValue: kind) ?? .normal
      default: break
      }
    }
    guard piece.score.isFinite, String(validating: piece.text, as: UTF8.self) != nil else {
      throw ProtobufReader.Malformed(offset: range.lowerBound)
    }
    return piece
  }

  private static func characterMap(
    _ bytes: [UInt8], in range: Range<Int>
  ) throws(ProtobufReader.Malformed) -> [UInt8]? {
    var map: [UInt8]?
    var reader = ProtobufReader(bytes, in: range)
    while let field = try reader.next() {
      if field.number == 2, case .bytes(let range) = field.value { map = Array(bytes[range]) }
    }
    return map
  }
}
