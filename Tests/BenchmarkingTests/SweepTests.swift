@testable import Backend
import Checkpoint
import GPT2
import Testing

@testable import Benchmarking

@Suite struct SweepTests {
  @Test func runsThroughEveryCombination() throws {
    var sweep = Sweep(devices: [])
    sweep.batches = [1, 8]
    sweep.promptTokens = [TokenRange(4...4), TokenRange(16...32)]
    sweep.newTokens = [TokenRange(2...2)]
    #expect(sweep.workloads.map(\.batch) == [1, 8, 1, 8] && sweep.workloads.map(\.items) == [1, 8, 1, 8])
    #expect(sweep.workloads.map(\.longest) == [6, 6, 34, 34])
    sweep.items = 100
    #expect(sweep.workloads.allSatisfy { $0.items == 100 })
    try sweep.validate(contextLength: 6)
  }

  @Test func impossibleSweepsAreRefused() {
    for change in [
      { (sweep: inout Sweep) in sweep.batches = [] }, { $0.repeats = 0 }, { $0.batches = [4, -1] }, { $0.items = 0 },
      { $0.warmUps = -1 }, { $0.promptTokens = [TokenRange(7...7)] },
    ] {
      var sweep = Sweep(devices: [])
      sweep.newTokens = [TokenRange(2...2)]
      sweep.promptTokens = [TokenRange(3...3)]
      change(&sweep)
      #expect(throws: SweepError.self) { try sweep.validate(contextLength: 8) }
    }
  }

  /// By hand: 4C² + 2CF for each layer, VC for the head, 2C for each layer and position.
  @Test func costsAreTheFormulas() {
    var configuration = ModelConfiguration()
    (configuration.vocabularySize, configuration.contextLength) = (100, 64)
    (configuration.embeddingSize, configuration.layerCount) = (10, 3)
    (configuration.headCount, configuration.innerSize) = (2, 40)
    let layers = Double(3 * (4 * 100 + 2 * 400))
    let cost = ModelCost(configuration, .fp16)
    #expect(cost.weightTraffic(passes: 2, headPasses: 1) == 2 * (2 * layers + 1000))
    #expect(cost.cacheTraffic(positions: 5) == 2 * 2 * 10 * 3 * 5)
    #expect(cost.operations(rows: 4, outputs: 1, positions: 5) == 2 * (4 * layers + 1000 + 2 * 10 * 3 * 5))
    #expect(ModelCost(configuration, .fp32).cacheTraffic(positions: 5) == 4 * 2 * 10 * 3 * 5)
  }

  /// Weights in fp16 of the largest model take 3.1 GB; a sequence of the whole context 0.3 GB.
  @Test func memoryIsThatOfWeightsAndCache() {
    let cost = ModelCost(MadeUpModel.extraLarge.configuration, .fp16)
    func needed(_ batch: Int) -> Int {
      let tokens = TokenRange(512...512)
      let workload = Workload(batch: batch, promptTokens: tokens, newTokens: tokens, items: batch)
      return cost.memory(for: workload, mostRows: 1024).total
    }
    #expect((3_100_000_000..<3_300_000_000).contains(needed(1) - 314_572_800))
    #expect((needed(101) - needed(1)) / 100 >= 314_572_800)
  }
}
