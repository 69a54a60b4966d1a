package import Tokenizer

/// The text of one continuation as its tokens come: whole characters only, cut before a stop string.
package struct ContinuationText {
  /// What may be shown: it will not change any more.
  package private(set) var text = ""
  /// Whether a stop string came up.
  package private(set) var isStopped = false

  /// Nil for a model without a tokenizer, which has tokens but no text.
  private var decoder: StreamingDecoder?
  private let stops: [[UInt8]]
  /// Text that could still turn out to be the start of a stop string.
  private var held: [UInt8] = []

  package init(_ tokenizer: Tokenizer?, stops: [String]) {
    decoder = tokenizer.map { StreamingDecoder($0, skippingSpecial: true) }
    self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty }
  }

  /// Takes a token; returns what became certain.
  package mutating func append(_ token: TokenID) -> String { take(decoder?.append(token) ?? "") }

  /// Takes the end; returns what was still held back.
  package mutating func finish() -> String {
    if isStopped { return "" }
    let rest = take(decoder?.finish() ?? "")
    if isStopped { return rest }
    return rest + release(held.count)
  }

  private mutating func take(_ piece: String) -> String {
    if isStopped { return "" }
    held += Array(piece.utf8)
    if let start = earliestStop() {
      isStopped = true
      return release(start)
    }
    return release(held.count - longestUnfinishedStop())
  }

  /// Moves the first bytes of what is held to the text.
  private mutating func release(_ count: Int) -> String {
    let piece = String(decoding: held.prefix(count), as: UTF8.self)
    held.removeFirst(count)
    text += piece
    return piece
  }

  /// Where the first stop string starts in what is held.
  private func earliestStop() -> Int? {
    held.indices.first { start in stops.contains { held[start...].starts(with: $0) } }
  }

  /// How many bytes at the end of what is held are the beginning of a stop string.
  private func longestUnfinishedStop() -> Int {
    let longest = stops.map { $0.count - 1 }.max() ?? 0
    for count in stride(from: min(longest, held.count), to: 0, by: -1)
    where stops.contains(where: { $0.starts(with: held.suffix(count)) }) {
      return count
    }
    return 0
  }
}
