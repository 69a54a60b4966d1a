/// A number of bytes, written for a person.
package struct ByteSize: CustomStringConvertible {
  private let bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  /// In the largest unit of which there is one: `12 bytes`, `1.5 KiB`, `2.0 GiB`.
  package var description: String {
    guard bytes >= 1024 else { return "\(bytes) bytes" }
    var size = Double(bytes) / 1024
    var unit = "KiB"
    for larger in ["MiB", "GiB"] where size >= 1024 {
      size /= 1024
      unit = larger
    }
    return "\(size.fixed(1)) \(unit)"
  }

  /// In GiB, whatever the size: `0.5 GiB`.
  package func gibibytes(places: Int = 1) -> String { "\((Double(bytes) / Double(1 << 30)).fixed(places)) GiB" }
}
