internal import Kernels

extension SIMDKernels {
  /// A kernel that quantizes its rows is compared with quantize.cl and with itself in fp32, so both stand before it.
  static let operations: [KernelOperation] = [
    KernelOperation("packing", .pack, .packing),
    KernelOperation("embedding", .embedding, needs: [.pack], .embeddings),
    KernelOperation("layer norm", .simdLayerNorm, .norms),
    KernelOperation("rows apart", .gather, .selectedRows),
    KernelOperation("sampling", .simdSampling, .samples, .one),
    KernelOperation("log-probabilities", .simdScore, .scores, .one),
    KernelOperation("operands", .simdQuantize, .quantizedRows, .rounded),
    KernelOperation("operands of norms", .simdLayerNorm, needs: [.simdQuantize], .quantizedNorms, .rounded),
    KernelOperation("attention", .simdAttention, .attention),
    KernelOperation("attention of last samples", .simdAttention, needs: [.simdAttention], .attentionOfLastSamples),
    KernelOperation("products", .simdLinear, needs: [.pack, .simdQuantize], .products(1...Int.max)),
    KernelOperation(
      "products of norms", .simdLinear, needs: [.pack, .simdQuantize, .simdLayerNorm, .gather],
      .normalizedProducts(1...Int.max)),
    KernelOperation(
      "operands of products", .simdLinear, needs: [.pack, .simdQuantize, .simdLayerNorm, .simdLinear],
      .quantizedProducts, .rounded),
    KernelOperation(
      "operands of attention", .simdAttention, needs: [.simdQuantize, .simdAttention], .quantizedAttention, .rounded),
    KernelOperation(
      "blocks", .simdBlock, needs: [.pack, .simdLayerNorm, .simdAttention, .simdLinear, .simdQuantize], .blocks),
    KernelOperation(
      "activations", .activation, needs: [.pack, .simdLayerNorm, .simdLinear], .activationFunctions, .one),
  ]
}
