package import Checkpoint
internal import JSON

/// A GPT-2 of few random weights, with the byte tokenizer, as a folder of a model hub would hold it.
package struct TinyCheckpoint: Sendable {
  package let configuration: ModelConfiguration
  /// The numbers as the file has them, fp32, by canonical name.
  package let weights: [String: [Double]]

  /// - Parameter change: Changes a GPT-2 of one layer, 16 channels and two heads.
  package init(seed: UInt64, _ change: (inout ModelConfiguration) -> Void = { _ in }) {
    var configuration = ModelConfiguration()
    configuration.vocabularySize = ByteTokenizer.pieces.count
    configuration.contextLength = 40
    configuration.embeddingSize = 16
    configuration.layerCount = 1
    configuration.headCount = 2
    configuration.innerSize = 64
    configuration.bosTokenID = Int(ByteTokenizer.endOfText)
    configuration.eosTokenIDs = [Int(ByteTokenizer.endOfText)]
    change(&configuration)
    self.configuration = configuration

    var generator = TestGenerator(state: seed)
    var weights: [String: [Double]] = [:]
    for (name, shape) in configuration.parameters {
      // Keeps activations near one, and logits a few apart.
      let scale =
        switch name {
        case "wpe.weight": 0.3
        case "wte.weight", "lm_head.weight": 1.5 / Double(configuration.embeddingSize).squareRoot()
        case _ where shape.count == 2: 0.8 / Double(shape[0]).squareRoot()
        default: 0.1
        }
      let center = shape.count == 1 && name.hasSuffix("weight") ? 1.0 : 0
      weights[name] = (0..<shape.reduce(1, *)).map { _ in
        Double(Float(center + scale * Double(generator.normal())))
      }
    }
    self.weights = weights
  }

  private init(_ configuration: ModelConfiguration, _ weights: [String: [Double]]) {
    self.configuration = configuration
    self.weights = weights
  }

  /// The same with other matrices in its layers, each given and made as (K, N).
  package func mappingLayers(_ transform: ([[Double]]) -> [[Double]]) -> TinyCheckpoint {
    var weights = weights
    for (name, shape) in configuration.parameters where name.hasPrefix("h.") && shape.count == 2 {
      weights[name] = Array(transform(matrix(name)).joined())
    }
    return TinyCheckpoint(configuration, weights)
  }

  /// A matrix by rows, as its file keeps it.
  package func matrix(_ name: String) -> [[Double]] {
    let values = vector(name)
    let columns = configuration.parameters.first { $0.name == name }?.shape.last ?? 1
    return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
  }

  package func vector(_ name: String) -> [Double] { weights[name] ?? [] }
}

extension TinyCheckpoint {
  /// The files of the model.
  package var files: ModelFiles {
    let contents: [String: [UInt8]] = [
      "config.json": Array(configurationFile.utf8), "model.safetensors": weightsFile,
      "vocab.json": Array(ByteTokenizer.vocabularyFile.utf8), "merges.txt": Array(ByteTokenizer.mergesFile.utf8),
    ]
    return ModelFiles(
      name: "tiny",
      files: Dictionary(
        uniqueKeysWithValues: contents.map { name, bytes in
          (name, FileData(name: "tiny/\(name)", count: bytes.count) { $0.copyBytes(from: bytes) })
        }))
  }

  private var configurationFile: String {
    let c = configuration
    let json: JSON = [
      "model_type": .string("gpt2"), "vocab_size": .integer(c.vocabularySize), "n_positions": .integer(c.contextLength),
      "n_embd": .integer(c.embeddingSize), "n_layer": .integer(c.layerCount), "n_head": .integer(c.headCount),
      "n_inner": .integer(c.innerSize), "activation_function": .string(c.activation.rawValue),
      "layer_norm_epsilon": .number(c.layerNormEpsilon), "scale_attn_weights": .boolean(c.scaleAttentionWeights),
      "scale_attn_by_inverse_layer_idx": .boolean(c.scaleAttentionByInverseLayerIndex),
      "reorder_and_upcast_attn": .boolean(c.reorderAndUpcastAttention),
      "tie_word_embeddings": .boolean(c.tieWordEmbeddings),
      "bos_token_id": .integer(c.bosTokenID ?? 0), "eos_token_id": .integer(c.eosTokenIDs.first ?? 0),
    ]
    return json.text
  }

  /// The weights in the format of safetensors: the header's length, the header, the numbers.
  private var weightsFile: [UInt8] {
    var entries: [JSON.Member] = []
    var data: [UInt8] = []
    for (name, shape) in configuration.parameters {
      let start = data.count
      vector(name).map(Float.init).withUnsafeBytes { data += $0 }
      entries.append(
        JSON.Member(
          name,
          [
            "dtype": .string("F32"), "shape": .array(shape.map { .integer($0) }),
            "data_offsets": .array([.integer(start), .integer(data.count)]),
          ]))
    }
    let header = Array(JSON.object(entries).text.utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header + data
  }
}
