internal import Kernels

extension SIMTKernels {
  private static let few = SIMTTile.fewRows
  private static let many = few.upperBound + 1...Int.max
  private static let ofProducts: [KernelSource] = [.pack, .simtQuantize]
  private static let ofNorms: [KernelSource] = ofProducts + [.simtLayerNorm, .gather]

  static let operations: [KernelOperation] = [
    KernelOperation("packing", .pack, .packing),
    KernelOperation("embedding", .embedding, needs: [.pack], .embeddings),
    KernelOperation("layer norm", .simtLayerNorm, .norms),
    KernelOperation("rows apart", .gather, .selectedRows),
    KernelOperation("sampling", .simtSampling, .samples, .one),
    KernelOperation("log-probabilities", .simtScore, .scores, .one),
    KernelOperation("sampling of few rows", .simtSamplingBlocks, needs: [.simtSampling], .samplesByBlocks, .one),
    KernelOperation("the likeliest of few rows", .simtSamplingGreedy, .samplesGreedily, .one),
    KernelOperation("operands", .simtQuantize, .quantizedRows, .rounded),
    KernelOperation("operands of norms", .simtLayerNorm, needs: [.simtQuantize], .quantizedNorms, .rounded),
    KernelOperation("attention of single rows", .simtAttention, .attentionOfSingleRows),
    KernelOperation("attention of last samples", .simtAttention, needs: [.simtAttention], .attentionOfLastSamples),
    KernelOperation("attention", .simtAttentionTiles, needs: [.simtAttention], .attention),
    KernelOperation("products of few rows", .simtLinearFew, needs: ofProducts, .products(few)),
    KernelOperation("products of norms of few rows", .simtLinearFew, needs: ofNorms, .normalizedProducts(few)),
    KernelOperation("products of many rows", .simtLinearTiles, needs: ofProducts, .products(many)),
    KernelOperation("products of norms of many rows", .simtLinearTiles, needs: ofNorms, .normalizedProducts(many)),
    KernelOperation(
      "products of few rows rounded before", .simtLinearFew, needs: ofProducts, .productsApart(few), .rounded),
    KernelOperation("blocks", .simtBlock, needs: ofNorms + [.simtAttention, .simtLinearFew], .blocks),
    KernelOperation(
      "activations", .activation, needs: [.pack, .simtLayerNorm, .simtLinearFew], .activationFunctions, .one),
  ]
}
