internal import CKernels

/// The OpenCL C files this engine is made of, a closed list: each case is a file in the folder Kernels.
public enum KernelSource: String, CaseIterable, Sendable {
  case pack
  case embedding
  case gather
  case exponential
  case activation
  case quantizePanel = "quantize_panel"
  case quantizeWorkgroup = "quantize_workgroup"
  case linearPanel = "linear_panel"
  case linearWorkgroup = "linear_workgroup"
  case linearFewWorkgroup = "linear_few_workgroup"
  case linearTilesWorkgroup = "linear_tiles_workgroup"
  case momentsWorkgroup = "moments_workgroup"
  case layerNormPanel = "layer_norm_panel"
  case layerNormWorkgroup = "layer_norm_workgroup"
  case attentionPanel = "attention_panel"
  case attentionWorkgroup = "attention_workgroup"
  case blockPanel = "block_panel"
  case samplingPanel = "sampling_panel"
  case samplingScores = "sampling_scores"
  case samplingSelection = "sampling_selection"
  case samplingWorkgroup = "sampling_workgroup"
  case samplingBlocks = "sampling_blocks"
  case scorePanel = "score_panel"
  case scoreWorkgroup = "score_workgroup"
  case loops
  case dotRates = "dot_rates"
  case limits

  /// The files that must come before this one in a program, in their order; none where this one compiles alone.
  public var basis: [KernelSource] {
    switch self {
    case .activation, .attentionPanel: [.exponential]
    case .samplingSelection: [.samplingScores]
    case .samplingWorkgroup, .samplingBlocks: [.samplingScores, .samplingSelection]
    case .linearFewWorkgroup, .linearTilesWorkgroup: [.linearWorkgroup]
    case .layerNormWorkgroup: [.momentsWorkgroup]
    case .blockPanel: [.exponential, .layerNormPanel, .attentionPanel, .linearPanel]
    default: []
    }
  }

  /// The file's text.
  public var text: String { Self.texts[rawValue] ?? "" }

  /// Every embedded file by its name.
  static let texts: [String: String] = {
    var texts: [String: String] = [:]
    var index = 0
    while let source = gpt2_kernel_source_at(index)?.pointee {
      // The embedded bytes live as long as the process.
      let bytes = UnsafeRawBufferPointer(start: source.text, count: source.length)
      texts[String(cString: source.name)] = String(decoding: bytes, as: UTF8.self)
      index += 1
    }
    return texts
  }()
}
