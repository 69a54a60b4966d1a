/// Why a request was not taken, or not finished.
public enum RequestQueueError: Error, Hashable, CustomStringConvertible {
  /// As many requests wait as may.
  case full
  /// No more requests are taken.
  case closed
  /// The client did not read its outputs for too long.
  case readerTooSlow

  /// A sentence for a person.
  public var description: String {
    switch self {
    case .full: "Too many requests wait already: try again later."
    case .closed: "No more requests are taken: the queue is closed."
    case .readerTooSlow: "The text was not read as fast as it was written, and was ended: read it, or ask for less."
    }
  }
}
