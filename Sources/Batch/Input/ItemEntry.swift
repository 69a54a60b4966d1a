internal import Engine

/// A line of the input that a result must follow.
enum ItemEntry: Sendable {
  case item(PreparedItem)
  case failed(FailedItem)

  /// The most that wait for workers.
  static let mostWaiting = 256
  /// The most bytes that those keep in memory.
  static let mostWaitingBytes = 1 << 25

  /// Its place among those of this run, from 0.
  var ordinal: Int {
    switch self {
    case .item(let item): item.ordinal
    case .failed(let item): item.ordinal
    }
  }

  /// The same, with what its line was.
  func marked(_ mark: LineMark) -> ItemEntry {
    switch self {
    case .item(var item):
      item.lineMark = mark
      return .item(item)
    case .failed(var item):
      item.lineMark = mark
      return .failed(item)
    }
  }

  /// Bytes that it keeps in memory, about.
  var byteCount: Int { if case .item(let item) = self { item.byteCount } else { 0 } }
}

/// Items between the thread that reads them and the workers, who take them as they have room: few, and few bytes.
typealias ItemQueue = BoundedQueue<ItemEntry>
