internal import Kernels
internal import OpenCL
internal import Sampling

/// Eight bytes of what the kernels of simt/sampling_blocks.cl find.
struct SamplingUnit: BitwiseCopyable {
  let bits: UInt64
}

/// The kernels of simt/sampling.cl, simt/sampling_blocks.cl and simt/sampling_greedy.cl.
struct SIMTSampling: KernelDescriptor {
  enum Function: String {
    case sample
    /// Those of sampling_blocks.cl, in their order.
    case scan, sift, narrow, choose
    /// That of sampling_greedy.cl.
    case chooseLikeliest = "choose_likeliest"
  }

  let entry: Function
  /// Work-items that share a block of a row, and work-groups that share a row, where few rows are sampled.
  let team: Int

  init(_ entry: Function, team: Int) {
    self.entry = entry
    self.team = team
  }

  /// A digit of the radix selection, one work-item for each of its values.
  private static let digitBits = 8
  /// Tokens that a row's list has room for: of a nucleus of flat logits, the bin at the edge has some thousand.
  private static let list = 8192

  /// Words of ``Function/chooseLikeliest``'s work-group, four of them.
  static let keyUnits = 16 / MemoryLayout<SamplingUnit>.stride
  /// Its work-groups for each compute unit, at the most: twice as many as NVIDIA's have at once, since fewer each wait
  /// longer for their logits. 256 rows are predicted to take an H100 17 µs, and 26 with half as many.
  static let groupsPerUnit = 16

  /// Work-items of a work-group.
  static let groupSize = 1 << digitBits
  /// What ``team`` can be, the usual first: powers of two, at most a work-group's items.
  static let teams = [64, 16, 32, 128, 256]

  /// What is found of a row: 32 bytes a block, its count in 8, its list.
  static let foundUnits = ((32 << digitBits) + 8 + 4 * list) / MemoryLayout<SamplingUnit>.stride

  var source: KernelSource {
    switch entry {
    case .sample: .simtSampling
    case .chooseLikeliest: .simtSamplingGreedy
    case .scan, .sift, .narrow, .choose: .simtSamplingBlocks
    }
  }
  var function: String { entry.rawValue }
  var definitions: [(name: String, value: String)] {
    let digit = [("DIGIT_BITS", "\(Self.digitBits)")]
    return source == .simtSamplingBlocks ? digit + [("TEAM", "\(team)"), ("LIST", "\(Self.list)")] : digit
  }
}

/// The kernel of simt/score.cl.
struct SIMTScore: KernelDescriptor {
  var source: KernelSource { .simtScore }
  var function: String { "score" }
  var definitions: [(name: String, value: String)] {
    SIMTSampling(.sample, team: 0).definitions + [("MOST", "\(TokenScore.mostTop)")]
  }
}

extension SIMTKernels {
  func sample(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots, byBlocks: Bool) throws {
    if rows.allSatisfy(\.wantsTheLikeliest) { return try chooseLikeliest(logits, rows, slots) }
    if byBlocks { return try chooseByBlocks(logits, rows, slots) }
    let group = SIMTSampling.groupSize
    try context.launcher.run(
      SIMTSampling(.sample, team: 0), global: NDRange(rows.count * group), local: NDRange(group),
      Input(logits.floats), Input(slots.rows), InputOutput(slots.seen), Input(slots.endOfText),
      Int32(slots.endOfTextCount), Int32(slots.vocabularySize), Int32(logits.stride), Output(slots.lastSamples),
      InputOutput(slots.ended), Output(slots.results))
  }

  /// The team of the kernels in which work-groups share a row.
  private func team(_ slots: DeviceSlots) -> Int {
    let chosen = context.tuning[.sampling(vocabulary: slots.vocabularySize)]?[.team]
    return samplingTeam ?? chosen ?? SIMTSampling.teams[0]
  }

  /// The kernel of sampling_greedy.cl: of many rows, each is shared by no more work-groups than keep the device busy.
  private func chooseLikeliest(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots) throws {
    let filling = SIMTSampling.groupsPerUnit * context.device.computeUnits / rows.count
    let (group, groups) = (SIMTSampling.groupSize, min(team(slots), max(1, filling)))
    let found = try sampling.room(rows: rows.count, stride: groups * SIMTSampling.keyUnits)
    let arrivals = try arrivals.room(rows: rows.count, stride: 1)
    try context.launcher.run(
      SIMTSampling(.chooseLikeliest, team: 0), global: NDRange(group * groups, rows.count), local: NDRange(group),
      Input(logits.floats), Input(slots.rows), InputOutput(slots.seen), Input(slots.endOfText),
      Int32(slots.endOfTextCount), Int32(slots.vocabularySize), Int32(logits.stride), Output(slots.lastSamples),
      InputOutput(slots.ended), Output(slots.results), InputOutput(found), InputOutput(arrivals))
  }

  /// Those of sampling_blocks.cl that some of the rows need.
  private func chooseByBlocks(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots) throws {
    let found = try sampling.room(rows: rows.count, stride: SIMTSampling.foundUnits)
    let group = SIMTSampling.groupSize
    let (ends, vocabulary) = (Int32(slots.endOfTextCount), Int32(slots.vocabularySize))
    let team = team(slots)
    func run(_ entry: SIMTSampling.Function) throws {
      try context.launcher.run(
        SIMTSampling(entry, team: team), global: NDRange(group * team, rows.count), local: NDRange(group),
        Input(logits.floats), Input(slots.rows), Input(slots.seen), Input(slots.endOfText), ends,
        vocabulary, Int32(logits.stride), Input(slots.ended), InputOutput(found))
    }
    func some(_ flag: SamplingRow.Flags) -> Bool { rows.contains { $0.flags.contains(flag) } }
    let drawn = rows.filter { !$0.flags.contains(.greedy) }
    try run(.scan)
    if !drawn.isEmpty || some(.logProbability) { try run(.sift) }
    if drawn.contains(where: { $0.hasNucleus(of: slots.vocabularySize) }) { try run(.narrow) }
    try context.launcher.run(
      SIMTSampling(.choose, team: team), global: NDRange(group, rows.count), local: NDRange(group),
      Input(logits.floats), Input(slots.rows), InputOutput(slots.seen), Input(slots.endOfText), ends, vocabulary,
      Int32(logits.stride), Output(slots.lastSamples), InputOutput(slots.ended), Output(slots.results), Input(found))
  }

  func score(_ logits: DeviceActivations, _ rows: Buffer<ScoreRow>, top: Int, into words: Buffer<UInt64>) throws {
    let group = SIMTSampling.groupSize
    try context.launcher.run(
      SIMTScore(), global: NDRange(rows.count * group), local: NDRange(group), Input(logits.floats), Input(rows),
      Output(words), Int32(logits.columns), Int32(logits.stride), Int32(top))
  }
}

extension SamplingRow {
  /// Whether the likeliest token is all that is asked for.
  fileprivate var wantsTheLikeliest: Bool {
    flags.contains(.greedy) && flags.isDisjoint(with: [.penalize, .logProbability])
  }

  /// Whether top-p looks for its edge among all tokens, not just among those that top-k leaves.
  fileprivate func hasNucleus(of vocabularySize: Int) -> Bool {
    removedFraction > 0 && (topK == 0 || Int(topK) >= vocabularySize)
  }
}
