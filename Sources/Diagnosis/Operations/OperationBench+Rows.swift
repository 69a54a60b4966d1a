internal import Backend
internal import Checkpoint

extension OperationBench {
  /// x[m] = tokens[token(m)] + positions[position(m)].
  func embeddings() throws -> NumberComparison {
    var comparison = NumberComparison()
    for (vocabulary, positions, channels) in [(1, 1, 1), (67, 40, 131)] {
      var numbers = SampleNumbers(seed: vocabulary)
      let (wte, wpe) = (numbers.rows(vocabulary, channels), numbers.rows(positions, channels))
      let tokens = try matrix(transposed(wte), layout: .outputMajor, for: .embedding)
      let table = try backend.table(.sample(wpe))
      try backend.finishLoading()
      let stored = transposed(precision.ofEmbeddings.stored(transposed(wte)))
      let ids = (0..<positions).map { Int32(($0 * 29 + vocabulary - 1) % vocabulary) }
      var step = Step()
      step.append(ids, slot: 0, firstPosition: 0)
      let x = try backend.activations(rows: positions, columns: channels)
      let stepRows = try backend.begin(step, slots)
      try backend.embed(tokens, table, stepRows, into: x)
      comparison.compare(
        try backend.read(x, count: positions),
        with: ids.enumerated().map { Reference.embedding(stored[Int($1)], wpe[$0]) }, within: 1e-6,
        "V \(vocabulary), C \(channels)")
    }
    return comparison
  }

  /// y[m] = norm(x[m]).
  func norms() throws -> NumberComparison {
    var comparison = NumberComparison()
    // Vectors of 16, work-groups of 128, and GPT-2's.
    for channels in [1, 17, 129, 768] {
      var numbers = SampleNumbers(seed: channels)
      var x = numbers.rows(3, channels)
      x[1] = x[1].map { ($0 * 64 + 16).rounded() }
      x[2] = Array(repeating: 3, count: channels)
      let (gain, bias) = (numbers.vector(channels), numbers.vector(channels))
      let (input, y) = (try activations(x), try backend.activations(rows: 3, columns: channels))
      let stepRows = try begin(rows: 3)
      try backend.normalize(input, norm(gain: gain, bias: bias), stepRows, into: y)
      comparison.compare(
        try backend.read(y, count: 3),
        with: x.map { Reference.layerNorm($0, gain: gain, bias: bias, epsilon: 1e-5) }, within: 2 * Self.tolerance,
        "C \(channels)")
    }
    return comparison
  }

  /// selected[r] = x[m].
  func selectedRows() throws -> NumberComparison {
    var comparison = NumberComparison()
    for channels in [1, 33, 768] {
      var numbers = SampleNumbers(seed: channels)
      let rows = numbers.rows(9, channels)
      var step = Step()
      for position in rows.indices {
        step.append([0], slot: 0, firstPosition: position, wantsLogits: position % 4 == 3 ? .last : .none)
      }
      let (x, selected) = (try activations(rows), try backend.activations(rows: 2, columns: channels))
      let stepRows = try backend.begin(step, slots)
      try backend.select(stepRows.outputs, of: x, into: selected)
      comparison.compare(try backend.read(selected, count: 2), with: [rows[3], rows[7]], within: 1e-6, "C \(channels)")
    }
    return comparison
  }

  /// Prompts in chunks beside single rows, up to GPT-2's longest sequence.
  func attention() throws -> NumberComparison {
    try attention { size in
      [[(1, 67), (0, 1)], [(0, 1), (1, 1), (2, 5)], [(1, 3), (2, 60)]]
        + (size == 64 ? Array(repeating: [(0, 255)], count: 4) + [[(0, 1), (1, 1)]] : [])
    }
  }

  /// Rows of which no two that follow one another are in a step, over two pages.
  func attentionOfSingleRows() throws -> NumberComparison {
    try attention { _ in Array(repeating: [(1, 1), (0, 1)], count: 67) }
  }

  /// - Parameter steps: For a size of heads, the rows of each slot in each step.
  private func attention(_ steps: (Int) -> [[(slot: Int, rows: Int)]]) throws -> NumberComparison {
    var comparison = NumberComparison()
    for (heads, size) in [(2, 64), (3, 8)] {
      let cache = try cache(heads: heads, headSize: size)
      let channels = heads * size
      let scale = 1 / Float(size).squareRoot()
      var numbers = SampleNumbers(seed: size)
      var sequences = Array(repeating: [[Double]](), count: Self.slotCount)
      for (index, parts) in steps(size).enumerated() {
        var (step, rows, checked, expected): (Step, [[Double]], [Int], [[Double]]) = (Step(), [], [], [])
        for part in parts {
          step.append(
            Array(repeating: 0, count: part.rows), slot: Int32(part.slot), firstPosition: sequences[part.slot].count)
          for row in 0..<part.rows {
            let qkv = numbers.vector(3 * channels)
            sequences[part.slot].append(qkv)
            rows.append(qkv)
            // The reference takes its time: of long chunks only the last rows.
            guard row >= part.rows - 70 && (part.rows < 100 || row > part.rows - 3) else { continue }
            let seen = sequences[part.slot]
            checked.append(rows.count - 1)
            expected.append(
              Reference.attention(
                Array(qkv[..<channels]), seen.map { Array($0[channels..<2 * channels]) },
                seen.map { Array($0[(2 * channels)...]) }, heads: heads, scale: Double(scale)))
          }
        }
        let (input, y) = (try activations(rows), try backend.activations(rows: rows.count, columns: channels))
        let stepRows = try backend.begin(step, slots)
        try backend.attention(input, cache, scale: scale, stepRows, into: y)
        let found = try backend.read(y, count: rows.count)
        comparison.compare(
          checked.flatMap { found[$0 * channels..<($0 + 1) * channels] }, with: expected, within: 2 * Self.tolerance,
          "\(heads) heads of \(size), step \(index), \(sequences[parts[0].slot].count) positions")
      }
    }
    return comparison
  }

  /// Rows whose keys and values attention itself puts into the cache, as another kernel does for others.
  func attentionOfLastSamples() throws -> NumberComparison {
    let (heads, size) = (4, 64)
    var numbers = SampleNumbers(seed: size)
    let qkv = try (0..<3).map { _ in try activations(numbers.rows(Self.slotCount, 3 * heads * size)) }
    func attended(_ token: Int32) throws -> [Float] {
      let cache = try cache(heads: heads, headSize: size)
      let y = try backend.activations(rows: Self.slotCount, columns: heads * size)
      return try qkv.enumerated().flatMap { position, qkv in
        var step = Step()
        for slot in 0..<Self.slotCount { step.append([token], slot: Int32(slot), firstPosition: position) }
        let stepRows = try backend.begin(step, slots)
        try backend.attention(qkv, cache, scale: 0.125, stepRows, into: y)
        return try backend.read(y, count: Self.slotCount)
      }
    }
    var comparison = NumberComparison()
    let expected = try attended(0).map(Double.init)
    comparison.compare(try attended(Step.Row.lastSample), with: [expected], within: 1e-6, "last samples")
    return comparison
  }
}
