/// A number of bytes, written for a person.
struct ByteSize: CustomStringConvertible {
  private let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  var description: String {
    guard bytes >= 1024 else { return "\(bytes) bytes" }
    var size = Double(bytes) / 1024
    var unit = "KiB"
    for larger in ["MiB", "GiB"] where size >= 1024 {
      size /= 1024
      unit = larger
    }
    return "\((size * 10).rounded() / 10) \(unit)"
  }
}
