/// Turns a pattern as it is written into instructions.
struct PatternCompiler {
  private(set) var instructions: [Pattern.Instruction] = []
  private var branchCount = 0

  mutating func append(_ node: PatternNode) throws(PatternError) {
    guard instructions.count < Pattern.maximumInstructionCount else { throw PatternError(problem: "is too long") }
    switch node {
    case .one(let set): instructions.append(.one(set))
    case .assertion(let instruction): instructions.append(instruction)
    case .lookBehind(let set, let isNegated): instructions.append(.lookBehind(set, isNegated: isNegated))
    case .lookAhead(let body, let isNegated):
      // Looked at from every place again, without a memory of what failed.
      guard body.maximumLength <= 64, body.repetitionCount <= 2 else {
        throw PatternError(problem: "looks far ahead, which is not supported")
      }
      var compiler = PatternCompiler()
      try compiler.append(body)
      instructions.append(.lookAhead(Pattern(instructions: compiler.instructions + [.match]), isNegated: isNegated))
    case .sequence(let nodes): for node in nodes { try append(node) }
    case .alternatives(let nodes): try append(alternatives: nodes)
    case .repeated(.one(let set), let minimum, let maximum, let kind) where kind != .lazy:
      instructions.append(
        .run(set, minimum: minimum, maximum: maximum, isPossessive: kind == .possessive, branch: try branch()))
    case .repeated(let body, let minimum, let maximum, let kind):
      try append(repeated: body, minimum: minimum, maximum: maximum, kind: kind)
    }
  }

  private mutating func branch() throws(PatternError) -> Int {
    guard branchCount < Pattern.maximumBranchCount else {
      throw PatternError(problem: "has more than \(Pattern.maximumBranchCount) branches, which is not supported")
    }
    defer { branchCount += 1 }
    return branchCount
  }

  private mutating func append(alternatives nodes: [PatternNode]) throws(PatternError) {
    var exits: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard index < nodes.count - 1 else {
        try append(node)
        break
      }
      let (split, branch) = (instructions.count, try branch())
      instructions.append(.split(split + 1, split, branch: branch))
      try append(node)
      exits.append(instructions.count)
      instructions.append(.jump(0))
      instructions[split] = .split(split + 1, instructions.count, branch: branch)
    }
    for exit in exits { instructions[exit] = .jump(instructions.count) }
  }

  private mutating func append(
    repeated body: PatternNode, minimum: Int, maximum: Int, kind: PatternNode.Repetition
  ) throws(PatternError) {
    if kind == .possessive { throw PatternError(problem: "has a possessive group, which is not supported") }
    if maximum > 1 && body.mayBeEmpty {
      throw PatternError(problem: "repeats what may be empty, which is not supported")
    }
    for _ in 0..<minimum { try append(body) }
    func split(_ split: Int, to exit: Int, branch: Int) -> Pattern.Instruction {
      kind == .lazy ? .split(exit, split + 1, branch: branch) : .split(split + 1, exit, branch: branch)
    }
    if maximum == .max {
      let (loop, branch) = (instructions.count, try branch())
      instructions.append(.jump(0))
      try append(body)
      instructions.append(.jump(loop))
      instructions[loop] = split(loop, to: instructions.count, branch: branch)
    } else {
      var splits: [(Int, Int)] = []
      for _ in minimum..<max(minimum, maximum) {
        splits.append((instructions.count, try branch()))
        instructions.append(.jump(0))
        try append(body)
      }
      for (place, branch) in splits { instructions[place] = split(place, to: instructions.count, branch: branch) }
    }
  }
}
