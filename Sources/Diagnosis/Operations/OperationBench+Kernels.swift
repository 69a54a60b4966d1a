internal import OpenCLBackend

extension OperationBench<OpenCLBackend> {
  /// Compares one of the operations that a family of kernels says it has.
  func comparison(_ check: KernelOperation.Check) throws -> NumberComparison {
    switch check {
    case .packing: try packing()
    case .embeddings: try embeddings()
    case .selectedRows: try selectedRows()
    case .norms: try norms()
    case .quantizedRows: try quantizedRows()
    case .quantizedNorms: try quantizedNorms()
    case .quantizedProducts: try quantizedProducts()
    case .quantizedAttention: try quantizedAttention()
    case .attention: try attention()
    case .attentionOfSingleRows: try attentionOfSingleRows()
    case .attentionOfLastSamples: try attentionOfLastSamples()
    case .blocks: try blocks()
    case .products(let rows): try products(rows)
    case .normalizedProducts(let rows): try normalizedProducts(rows)
    case .productsApart(let rows): try withoutFusing { try products(rows) }
    case .activationFunctions: try activationFunctions()
    case .samples: try samples()
    case .samplesByBlocks: try samples(byBlocks: true)
    case .samplesGreedily: try samples(byBlocks: true, settings: Self.greedySettings, withLogProbability: false)
    case .scores: try scores()
    }
  }

  /// Calls `body` with every operation a launch of its own.
  private func withoutFusing<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = backend.fuses
    defer { backend.fuses = before }
    backend.fuses = false
    return try body()
  }
}
