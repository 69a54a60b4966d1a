/// The embedding and the output projection among the tensors of the files, and whether they are one.
///
/// Files say it in several ways; decided as transformers does (`tie_weights` in modeling_utils.py).
struct OutputHead {
  /// The tensors, with the embedding under its own name.
  let tensors: [TensorView]
  /// Whether the output projection is the embedding.
  let isTied: Bool
  /// For whoever uses the model, where the files contradict config.json.
  let notice: String?

  private static let embedding = "wte.weight"
  private static let head = "lm_head.weight"

  /// - Parameter isTied: What config.json says.
  init(_ tensors: [TensorView], isTied: Bool) {
    guard isTied, let index = tensors.firstIndex(where: { $0.name == Self.head }) else {
      self.init(tensors: tensors, isTied: isTied, notice: nil)
      return
    }
    guard let embedding = tensors.first(where: { $0.name == Self.embedding }) else {
      // Of tensors that share their bytes, safetensors.torch.save_model keeps the first in alphabetical order.
      var tensors = tensors
      tensors[index].name = Self.embedding
      self.init(tensors: tensors, isTied: true, notice: nil)
      return
    }
    let isSame = tensors[index].isEqual(to: embedding)
    self.init(
      tensors: tensors, isTied: isSame,
      notice: isSame
        ? nil
        : "\(tensors[index].file.name) holds an output projection of its own (lm_head.weight), which is used although "
          + "config.json says that it is the embedding (tie_word_embeddings).")
  }

  private init(tensors: [TensorView], isTied: Bool, notice: String?) {
    self.tensors = tensors
    self.isTied = isTied
    self.notice = notice
  }
}
