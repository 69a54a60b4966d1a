import JSON
import Testing

@testable import Checkpoint

@Suite struct ModelConfigurationTests {
  private func parse(_ fields: String) throws -> ModelConfiguration {
    try ModelConfiguration(parsing: JSON(parsing: #"{"model_type": "gpt2"\#(fields.isEmpty ? "" : ", ")\#(fields)}"#))
  }

  @Test func defaultsAreGPT2Small() throws {
    let configuration = try parse("")
    #expect(configuration == ModelConfiguration())
    #expect(configuration.headSize == 64)
    #expect(configuration.parameterCount == 124_439_808)
  }

  @Test func countsParametersAsListed() {
    var configuration = Fixture.configuration
    for tie in [true, false] {
      configuration.tieWordEmbeddings = tie
      let sum = configuration.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
      #expect(configuration.parameterCount == sum)
    }
    #expect(configuration.parameters.count == 2 + 2 * 12 + 2 + 1)
  }

  @Test func readsEveryField() throws {
    let configuration = try parse(
      #"""
      "vocab_size": 100, "n_positions": 32, "n_ctx": 16, "n_embd": 12, "n_layer": 3, "n_head": 4, "n_inner": 20,
      "activation_function": "relu", "layer_norm_epsilon": 1e-6, "scale_attn_weights": false,
      "scale_attn_by_inverse_layer_idx": true, "reorder_and_upcast_attn": true, "tie_word_embeddings": false,
      "bos_token_id": null, "eos_token_id": [1, 2], "add_cross_attention": false
      """#)
    var expected = ModelConfiguration()
    expected.vocabularySize = 100
    expected.contextLength = 32
    expected.embeddingSize = 12
    expected.layerCount = 3
    expected.headCount = 4
    expected.innerSize = 20
    expected.activation = .relu
    expected.layerNormEpsilon = 1e-6
    expected.scaleAttentionWeights = false
    expected.scaleAttentionByInverseLayerIndex = true
    expected.reorderAndUpcastAttention = true
    expected.tieWordEmbeddings = false
    expected.bosTokenID = nil
    expected.eosTokenIDs = [1, 2]
    #expect(configuration == expected)
  }

  @Test func innerSizeFollowsTheEmbedding() throws {
    #expect(try parse(#""n_embd": 24, "n_head": 2, "n_inner": null"#).innerSize == 96)
    #expect(try parse(#""n_ctx": 77"#).contextLength == 77)
  }

  /// transformers takes its names for all models, also beside GPT-2's own (`GPT2Config.attribute_map`).
  @Test func commonNamesComeFirst() throws {
    let configuration = try parse(
      #""n_embd": 32, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 77"#
    )
    #expect(configuration.embeddingSize == 64 && configuration.innerSize == 256 && configuration.contextLength == 77)
    #expect(configuration.layerCount == 2 && configuration.headCount == 4)
    #expect(try parse(#""n_head": 6, "num_attention_heads": null"#).headCount == 6)
  }

  /// As in transformers, which loads such files, and meets no such token.
  @Test func idsBelowZeroAreNoTokens() throws {
    let configuration = try parse(#""eos_token_id": -1, "bos_token_id": -1"#)
    #expect(configuration.eosTokenIDs.isEmpty && configuration.bosTokenID == nil)
    #expect(try parse(#""eos_token_id": [-1, 318]"#).eosTokenIDs == [318])
  }

  @Test func oldConfigurationsAreKnownByTheirArchitecture() throws {
    let json = try JSON(parsing: #"{"architectures": ["GPT2LMHeadModel"], "n_layer": 6}"#)
    #expect(try ModelConfiguration(parsing: json).layerCount == 6)
  }

  @Test(arguments: [
    (#"[]"#, "holds an array, not an object"),
    (#"{}"#, "neither model_type 'gpt2' nor 'GPT2LMHeadModel'"),
    (#"{"architectures": ["LlamaForCausalLM"]}"#, "neither model_type 'gpt2'"),
    (#"{"model_type": "llama", "architectures": ["GPT2LMHeadModel"]}"#, "model_type is 'llama'; only 'gpt2'"),
    (#"{"model_type": 2}"#, "model_type is a number where a string is expected"),
  ])
  func refusesOtherModels(text: String, reason: String) throws {
    let json = try JSON(parsing: text)
    #expect(message { () throws(CheckpointError) in try ModelConfiguration(parsing: json) }.contains(reason))
  }

  @Test(arguments: [
    (#""n_layer": "12""#, "n_layer is a string where an integer is expected"),
    (#""n_layer": 1.5"#, "n_layer is a number where an integer is expected"),
    (#""n_layer": 0"#, "n_layer is 0, which is outside 1 to 4096"),
    (#""n_embd": -768"#, "n_embd is -768, which is outside"),
    (#""n_embd": 9223372036854775807"#, "n_embd is 9223372036854775807, which is outside"),
    (#""vocab_size": 1e300"#, "vocab_size is a number where an integer"),
    (#""n_embd": 768, "n_head": 7"#, "n_embd 768 is not a multiple of n_head 7"),
    (#""n_embd": 64"#, "says n_embd 64 but not n_head"),
    (#""hidden_size": 64"#, "says n_embd 64 but not n_head"),
    (#""hidden_size": 0"#, "hidden_size is 0, which is outside"),
    (#""num_attention_heads": "4""#, "num_attention_heads is a string where an integer"),
    (#""layer_norm_epsilon": NaN"#, "layer_norm_epsilon is nan, which is outside"),
    (#""layer_norm_epsilon": "x""#, "layer_norm_epsilon is a string where a number"),
    (#""tie_word_embeddings": 1"#, "tie_word_embeddings is a number where true or false"),
    (#""add_cross_attention": 1"#, "add_cross_attention is a number where true or false"),
    (#""eos_token_id": [50256, "x"]"#, "eos_token_id is a string where a token id"),
    (#""n_ctx": "64""#, "n_ctx is a string where an integer"),
    (#""layer_norm_epsilon": -1"#, "layer_norm_epsilon is -1.0, which is outside"),
    (#""activation_function": 1"#, "activation_function is a number where a string"),
    (#""activation_function": "prelu""#, "activation_function 'prelu' is not known; known are gelu, gelu_10,"),
  ])
  func refuses(fields: String, reason: String) throws {
    let json = try JSON(parsing: #"{"model_type": "gpt2", \#(fields)}"#)
    let sentence = message { () throws(CheckpointError) in try ModelConfiguration(parsing: json, file: "x/config.json")
    }
    #expect(sentence.hasPrefix("x/config.json: \(reason)"))
  }

  /// As transformers 5.23 reads them.
  @Test func whatTransformersDoesNotMind() throws {
    #expect(try parse(#""n_positions": 8, "n_ctx": "64""#).contextLength == 8)
    #expect(try parse(#""n_ctx": 9"#).contextLength == 9)
    #expect(try parse(#""layer_norm_epsilon": 2.5"#).layerNormEpsilon == 2.5)
    #expect(try parse(#""eos_token_id": [1099511627776, 7, -1]"#).eosTokenIDs == [7])
    #expect(try parse(#""bos_token_id": 2147483648"#).bosTokenID == nil)
    #expect(try parse(#""add_cross_attention": true"#).hasCrossAttention)
  }

  @Test func theLargestSizesDoNotOverflow() throws {
    let configuration = try parse(
      #""vocab_size": 4194304, "n_positions": 4194304, "n_embd": 4194304, "n_layer": 4096, "n_head": 1"#)
    #expect(configuration.parameterCount > 1 << 59)
  }

  @Test func knowsEveryActivationWithoutParameters() {
    // ACT2CLS of transformers 5.23, without prelu and xielu.
    let known = [
      "gelu", "gelu_10", "gelu_fast", "gelu_new", "gelu_python", "gelu_pytorch_tanh", "gelu_python_tanh",
      "gelu_accurate", "hardswish", "laplace", "leaky_relu", "linear", "mish", "quick_gelu", "relu", "relu2", "relu6",
      "sigmoid", "silu", "sqrtsoftplus", "swish", "tanh",
    ]
    #expect(Activation.spellings == known.sorted())
    #expect(known.allSatisfy { Activation(spelling: $0) != nil })
    #expect(Activation(spelling: "gelu_fast") == .geluTanh)
    #expect(Activation(spelling: "swish") == .silu)
    #expect(Activation(spelling: "GELU") == nil)
  }
}
