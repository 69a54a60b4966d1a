import Checkpoint
import GPT2
import JSON

/// The output of `inspect`.
struct InspectionReport {
  let checkpoint: Checkpoint
  /// Whether the files with checksums have been compared with them.
  let isVerified: Bool

  /// Those files.
  private var verified: [String] { checkpoint.files.filter { $0.format == .pytorchZip }.map(\.name) }

  var json: JSON {
    var members = contents
    if isVerified { members.append(JSON.Member("verified", .array(verified.map { .string($0) }))) }
    return .object(members)
  }

  private var contents: [JSON.Member] {
    [
      JSON.Member("model", .string(checkpoint.name)),
      JSON.Member("model_revision", JSON(revisionOf: checkpoint.name)),
      JSON.Member("adapter", checkpoint.adapter.map { .string($0.name) } ?? .null),
      JSON.Member("config", checkpoint.configuration.json),
      JSON.Member("parameters", .integer(checkpoint.configuration.parameterCount)),
      JSON.Member("files", .array(checkpoint.files.map(\.json))),
      JSON.Member("tensors", .array(checkpoint.tensors.map { json(of: $0) })),
    ]
  }

  var text: String {
    var summary = Table()
    summary.append("model", checkpoint.name)
    if let adapter = checkpoint.adapter { summary.append("adapter", adapter.description) }
    summary.append("parameters", String(checkpoint.configuration.parameterCount))
    if isVerified {
      summary.append(
        "checksums",
        verified.isEmpty
          ? "none to compare: only PyTorch's zip files have them"
          : "every byte of \(verified.joined(separator: ", ")) is as it was written")
    }
    for member in checkpoint.configuration.json.members ?? [] { summary.append(member.key, member.value.text) }

    var files = Table(headings: ["file", "format", "bytes", "tensors"])
    for file in checkpoint.files {
      files.append(file.name, file.format.description, String(file.byteCount), file.typesText)
    }

    var tensors = Table(headings: ["tensor", "shape", "type", "file"])
    for tensor in checkpoint.tensors {
      tensors.append(tensor.name, "\(tensor.shape)", tensor.scalarType.description, fileName(of: tensor))
    }
    let globals = checkpoint.files.filter { !$0.globals.isEmpty }.map { file in
      "\(file.name) asked for, and got nothing else than: \(file.globals.joined(separator: ", "))\n"
    }
    return [summary.text, files.text, globals.joined().printable, tensors.text].filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  private func json(of tensor: TensorView) -> JSON {
    [
      "name": .string(tensor.name), "shape": .array(tensor.shape.map { .integer($0) }),
      "type": .string(tensor.scalarType.rawValue), "file": .string(fileName(of: tensor)),
      "bytes": .integer(tensor.byteCount),
    ]
  }

  /// The name of a tensor's file inside the model.
  private func fileName(of tensor: TensorView) -> String {
    let folder = checkpoint.name + "/"
    return String(tensor.file.name.hasPrefix(folder) ? tensor.file.name.dropFirst(folder.count) : tensor.file.name[...])
  }
}

extension CheckpointFile {
  /// How many tensors of each type, the most first.
  private var types: [(type: ScalarType, count: Int)] {
    scalarTypes.map { ($0.key, $0.value) }.sorted { ($1.count, $0.type.rawValue) < ($0.count, $1.type.rawValue) }
  }

  fileprivate var typesText: String { types.map { "\($0.count) \($0.type)" }.joined(separator: ", ") }

  fileprivate var json: JSON {
    [
      "name": .string(name), "format": .string(format.rawValue), "bytes": .integer(byteCount),
      "types": .object(types.map { JSON.Member($0.type.rawValue, .integer($0.count)) }),
      "globals": .array(globals.map { .string($0) }),
    ]
  }
}

extension ModelConfiguration {
  /// The model's configuration, by the names of `config.json`, defaults filled in.
  fileprivate var json: JSON {
    [
      "vocab_size": .integer(vocabularySize),
      "n_positions": .integer(contextLength),
      "n_embd": .integer(embeddingSize),
      "n_layer": .integer(layerCount),
      "n_head": .integer(headCount),
      "n_inner": .integer(innerSize),
      "activation_function": .string(activation.rawValue),
      "layer_norm_epsilon": .number(layerNormEpsilon),
      "scale_attn_weights": .boolean(scaleAttentionWeights),
      "scale_attn_by_inverse_layer_idx": .boolean(scaleAttentionByInverseLayerIndex),
      "reorder_and_upcast_attn": .boolean(reorderAndUpcastAttention),
      "tie_word_embeddings": .boolean(tieWordEmbeddings),
      "bos_token_id": bosTokenID.map { .integer($0) } ?? .null,
      "eos_token_id": .array(eosTokenIDs.map { .integer($0) }),
    ]
  }
}
