internal import GPT2

/// An item that the model has accepted, ready to be written.
struct PreparedItem: Sendable {
  /// Its place among the items of this run, from 0.
  let ordinal: Int
  /// Its place in the input, from 0.
  let index: Int
  let id: ItemID
  let form: ItemForm
  let request: TextRequest
  /// Bytes that it keeps in memory, about.
  let byteCount: Int
}
