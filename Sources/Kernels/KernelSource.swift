internal import CKernels

/// The files of the folder Kernels, a closed list: OpenCL C that kernels are made of.
package enum KernelSource: String, CaseIterable, Sendable {
  case types = "common/types.h"
  case declarations = "common/declarations.h"
  case prelude = "common/prelude.h"
  case packed = "common/packed.h"
  case cache = "common/cache.h"
  case samplingRow = "common/sampling_row.h"
  case pack = "common/pack.cl"
  case embedding = "common/embedding.cl"
  case gather = "common/gather.cl"
  case exponential = "common/exponential.cl"
  case activation = "common/activation.cl"

  case simdLanes = "simd/lanes.h"
  case simdDotUnit = "simd/dot_unit.h"
  case simdQuantizeHeader = "simd/quantize.h"
  case simdQuantize = "simd/quantize.cl"
  case simdLinearHeader = "simd/linear.h"
  case simdLinearGroups = "simd/linear_groups.h"
  case simdLinear = "simd/linear.cl"
  case simdLayerNormHeader = "simd/layer_norm.h"
  case simdLayerNorm = "simd/layer_norm.cl"
  case simdAttentionHeader = "simd/attention.h"
  case simdAttention = "simd/attention.cl"
  case simdAttentionTiles = "simd/attention_tiles.cl"
  case simdBlock = "simd/block.cl"
  case simdMasses = "simd/masses.h"
  case simdSampling = "simd/sampling.cl"
  case simdScore = "simd/score.cl"

  case simtGroup = "simt/group.h"
  case simtAhead = "simt/ahead.h"
  case simtExchange = "simt/exchange.h"
  case simtLinear = "simt/linear.h"
  case simtShare = "simt/share.h"
  case simtQuantize = "simt/quantize.cl"
  case simtLinearFewHeader = "simt/linear_few.h"
  case simtLinearFew = "simt/linear_few.cl"
  case simtLinearTiles = "simt/linear_tiles.cl"
  case simtMatrix = "simt/matrix.h"
  case simtLinearMatrixTiles = "simt/linear_matrix_tiles.cl"
  case simtMMA = "simt/mma.h"
  case simtMMARows = "simt/mma_rows.h"
  case simtMMAStage = "simt/mma_stage.h"
  case simtLinearMMAHeader = "simt/linear_mma.h"
  case simtLinearMMA = "simt/linear_mma.cl"
  case simtLinearMMATiles = "simt/linear_mma_tiles.cl"
  case simtMoments = "simt/moments.cl"
  case simtLayerNorm = "simt/layer_norm.cl"
  case simtAttentionHeader = "simt/attention.h"
  case simtAttentionRow = "simt/attention_row.h"
  case simtAttention = "simt/attention.cl"
  case simtAttentionTiles = "simt/attention_tiles.cl"
  case simtAttentionMMAHeader = "simt/attention_mma.h"
  case simtAttentionMMA = "simt/attention_mma.cl"
  case simtAttentionMMARowHeader = "simt/attention_mma_row.h"
  case simtAttentionMMARow = "simt/attention_mma_row.cl"
  case simtBlock = "simt/block.cl"
  case simtSamplingScores = "simt/sampling_scores.cl"
  case simtSamplingSelection = "simt/sampling_selection.cl"
  case simtSampling = "simt/sampling.cl"
  case simtSamplingBlocks = "simt/sampling_blocks.cl"
  case simtSamplingGreedy = "simt/sampling_greedy.cl"
  case simtScore = "simt/score.cl"

  case loops = "probes/loops.cl"
  case dotRates = "probes/dot_rates.cl"
  case limits = "probes/limits.cl"

  /// The file's path in the folder Kernels, as `#include` names it.
  package var path: String { rawValue }

  /// The name for people: the path without `common/` and the ending.
  package var name: String {
    var name = rawValue[...]
    if name.hasPrefix("common/") { name = name.dropFirst("common/".count) }
    return String(name.prefix { $0 != "." })
  }

  /// The file's text.
  package var text: String { Self.texts[rawValue] ?? "" }

  /// The file with everything that it includes, as a driver compiles it.
  ///
  /// - Parameter replacements: Texts to take in place of the files'.
  package func program(replacing replacements: [KernelSource: String] = [:]) throws(IncludeError) -> String {
    let resolver = IncludeResolver { path in
      KernelSource(rawValue: path).flatMap { replacements[$0] ?? Self.texts[path] }
    }
    return try resolver.resolve(path)
  }

  /// Every embedded file by its path.
  static let texts: [String: String] = {
    var texts: [String: String] = [:]
    var index = 0
    while let source = gpt2_kernel_source_at(index)?.pointee {
      texts[String(cString: source.path)] = String(cString: source.text)
      index += 1
    }
    return texts
  }()
}
