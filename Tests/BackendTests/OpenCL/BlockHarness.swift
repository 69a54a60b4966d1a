import Foundation
import Kernels
import TestSupport
import Testing

@testable import Checkpoint
@testable import Backend
@testable import Engine
@testable import GPT2
@testable import OpenCLBackend

/// A shape of model, and rows of a step: of one tile, of several, of a last one that is not full.
struct BlockShape: Sendable {
  let checkpoint: TinyCheckpoint
  let rows: [Int]
  /// Positions behind which the first step stands.
  let prompt: Int
  /// Whether rows of all its widths are whole groups.
  let hasWholeGroups: Bool

  /// Groups of integers are whole.
  static let whole = BlockShape(
    checkpoint: TinyCheckpoint(seed: 11) {
      ($0.layerCount, $0.embeddingSize, $0.headCount, $0.innerSize, $0.contextLength) = (2, 128, 4, 256, 80)
    }, rows: [1, 2, 3, 5, 7, 13, 31], prompt: 62, hasWholeGroups: true)
  /// No width is a multiple of anything.
  static let odd = BlockShape(
    checkpoint: TinyCheckpoint(seed: 12) {
      ($0.layerCount, $0.embeddingSize, $0.headCount, $0.innerSize, $0.activation) = (1, 51, 3, 77, .relu)
    }, rows: [1, 4, 17], prompt: 3, hasWholeGroups: false)
}

/// A model and a session of as many prompts as there are slots.
struct BlockHarness {
  let model: GPT2Model<OpenCLBackend>
  let session: Session<OpenCLBackend>
  let hasWholeGroups: Bool
  var backend: OpenCLBackend { model.backend }

  init(_ backend: OpenCLBackend, _ shape: BlockShape, slots: Int) throws {
    hasWholeGroups = shape.hasWholeGroups
    model = try GPT2Model(try PretrainedModel(shape.checkpoint.files).checkpoint, on: backend)
    session = try Session(
      model, limits: .init(slots: slots, length: shape.prompt + 10, rows: 256, outputs: slots, endOfText: []))
    for slot in 0..<slots {
      var step = Step()
      let tokens = (0..<shape.prompt).map { Int32(($0 * 31 + slot * 7) % 256) }
      step.append(tokens, slot: Int32(slot), firstPosition: 0, wantsLogits: .none)
      try model.forward(step, in: session)
      try backend.setLastSamples([(slot, Int32(slot))], session.slots)
    }
  }

  /// What `body` gives where blocks are of a team of work-groups.
  private func with<Result>(team: Int, _ body: () throws -> Result) throws -> Result {
    let before = backend.blockTeam
    defer { backend.blockTeam = before }
    backend.blockTeam = team
    return try body()
  }

  /// Whether a step's blocks are one launch where there is a team.
  private func hasKernel(_ step: Step) -> Bool {
    switch backend.family {
    case .simd: hasWholeGroups || !backend.layout.quantizesRows
    case .simt: step.rows.count <= SIMTBlock.mostRows && step.rows.allSatisfy { $0.token == Step.Row.lastSample }
    }
  }

  /// Expects that the blocks of a step are one launch where there is a team; if so, this does another, whose results
  /// nobody reads.
  private func expectOneLaunch(_ step: Step, team: Int) throws {
    let isOne = try backend.run(
      model.layers[0], session.caches[0], backend.begin(step, session.slots), session.activations)
    #expect(isOne == (team > 0 && hasKernel(step)))
  }

  /// The logits of `rows` last samples, at each of three positions from `prompt` on, by a team of work-groups.
  func logits(rows: Int, prompt: Int, team: Int) throws -> [[Float]] {
    try with(team: team) {
      try (0..<3).map { offset in
        var step = Step()
        for slot in 0..<rows {
          step.append([Step.Row.lastSample], slot: Int32(slot), firstPosition: prompt + offset)
        }
        try model.forward(step, in: session)
        let logits = try backend.read(session.activations.logits, count: rows)
        if offset == 2 { try expectOneLaunch(step, team: team) }
        return logits
      }
    }
  }

  /// The logits of a last sample, and of sequences whose row is followed by so many guesses.
  func logits(guesses: [Int], prompt: Int, team: Int) throws -> [Float] {
    try with(team: team) {
      var step = Step()
      // First other tokens, whose keys and values must not stay.
      for salt in [100, 0] {
        step = Step()
        step.append([Step.Row.lastSample], slot: 0, firstPosition: prompt)
        for (index, count) in guesses.enumerated() {
          step.append(
            (0...count).map { Int32(($0 * 13 + index + salt) % 256) }, slot: Int32(index + 1),
            firstPosition: prompt, wantsLogits: .all, continues: true)
        }
        try model.forward(step, in: session)
      }
      let logits = try backend.read(session.activations.logits, count: step.rows.count)
      try expectOneLaunch(step, team: team)
      return logits
    }
  }
}

/// The numbers of a block as a kernel's structure has them: their names, and types as the host's.
func blockArguments(of source: KernelSource) throws -> [(name: String, type: String)] {
  let text = source.text
  let end = try #require(text.range(of: "} BlockArguments;"))
  let begin = try #require(text[..<end.lowerBound].range(of: "typedef struct {", options: .backwards))
  return text[begin.upperBound..<end.lowerBound].split(separator: "\n").flatMap { line in
    let words = line.prefix { $0 != ";" }.split { " ,".contains($0) }
    return words.dropFirst().map { (name: String($0), type: words[0] == "int" ? "Int32" : "Float") }
  }
}
