package import Kernels

/// An operation of a family of kernels, as it can be compared with the host's numbers by itself.
package struct KernelOperation: Sendable {
  /// The comparison with the host's numbers.
  package enum Check: Hashable, Sendable {
    case packing, embeddings, selectedRows
    case norms, quantizedRows, quantizedNorms, quantizedProducts, quantizedAttention
    case attention, attentionOfSingleRows, attentionOfLastSamples, blocks
    /// Of so many rows.
    case products(ClosedRange<Int>)
    case normalizedProducts(ClosedRange<Int>)
    /// Of rows that a launch of its own normalizes and quantizes.
    case productsApart(ClosedRange<Int>)
    case activationFunctions, samples, samplesByBlocks, samplesGreedily, scores
  }

  /// The precisions in which it is checked.
  package enum Precisions: Sendable {
    case all
    /// Those that quantize rows.
    case rounded
    /// One: operations without weights, or after the sums, are compiled alike for all.
    case one
  }

  /// The operation, for people.
  package let name: String
  /// The file of its kernel.
  package let kernel: KernelSource
  /// Files without whose kernels its numbers mean nothing.
  package let needs: [KernelSource]
  package let check: Check
  package let precisions: Precisions

  init(
    _ name: String, _ kernel: KernelSource, needs: [KernelSource] = [], _ check: Check, _ precisions: Precisions = .all
  ) {
    self.name = name
    self.kernel = kernel
    self.needs = needs
    self.check = check
    self.precisions = precisions
  }

  /// Whether a dot unit computes it.
  package func isComputed(by unit: DotUnit) -> Bool {
    switch check {
    case .products, .normalizedProducts, .productsApart: true
    case .attention, .attentionOfSingleRows, .attentionOfLastSamples: unit.attends
    case .blocks: unit.attends  // then products and attention are on tensor cores
    default: false
    }
  }
}
