/// An item that cannot be written.
struct FailedItem: Sendable {
  let ordinal: Int
  let index: Int
  /// Nil where none could be read.
  let id: ItemID?
  let form: ItemForm
  let error: ItemError
  /// What its line was.
  var lineMark: LineMark?
}
