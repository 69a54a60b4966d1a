internal import Backend

/// A device refused memory that it was thought to have, so that fewer texts are written together.
///
/// Their tokens are the same, on an OpenCL device.
public struct MemoryShortage: Sendable, CustomStringConvertible {
  /// Texts that were to be written together.
  public let before: Int
  /// Texts that are written together now.
  public let now: Int
  /// The device's error.
  public let reason: String

  /// A sentence for a person.
  public var description: String {
    let change =
      now < before
      ? "\(now) text\(now == 1 ? " is" : "s are") written together instead of \(before)"
      : "less memory is taken for prompts"
    return "\(reason). So \(change)."
  }
}

extension Session.Limits {
  /// The fewest rows of a step that are worth a launch.
  private static var fewestRows: Int { 32 }

  /// About half of everything, but enough for one sequence; nil where that is no less.
  ///
  /// - Parameter together: The sequences that must run together, of the request with the most that is given again.
  func halved(together: Int) -> Self? {
    let fewest = max(1, min(slots, together))
    var less = self
    less.slots = max(fewest, slots / 2)
    less.scratchSlots = scratchSlots / 2
    less.outputs = max(less.slots + less.scratchSlots, outputs / 2)
    less.rows = min(rows, max(less.slots + less.scratchSlots, rows / 2, Self.fewestRows))
    less.pages = min(pages, max(fewest * KeyValuePage.count(positions: length), pages / 2))
    return less == self ? nil : less
  }
}
