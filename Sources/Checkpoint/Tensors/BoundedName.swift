/// Bounds the names that files give their tensors, entries and storages.
///
/// Swift compares strings by their normal form, which takes quadratic time in the length of a run of combining marks: a
/// file of some hundred kilobytes could keep a comparison busy for minutes.
enum BoundedName {
  /// GPT-2's longest name has less than 64 bytes, wrappers' prefixes aside.
  static let maximumByteCount = 256

  /// Refuses a name that is too long to be compared.
  static func check(byteCount: Int, in file: String) throws(CheckpointError) {
    guard byteCount <= maximumByteCount else {
      throw CheckpointError(file, "holds a name of \(byteCount) bytes; at most \(maximumByteCount) are read")
    }
  }
}
