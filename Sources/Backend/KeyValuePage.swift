/// The unit in which slots take room for keys and values.
package enum KeyValuePage {
  /// Positions of a page, and so of the blocks that attention kernels take at a time.
  package static let length = 64

  /// The pages that so many positions need.
  package static func count(positions: Int) -> Int { (positions + length - 1) / length }
}
