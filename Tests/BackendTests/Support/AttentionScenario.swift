import TestSupport

@testable import Backend
@testable import Diagnosis

/// Ragged steps over a few slots, with the attention expected for every row.
struct AttentionScenario: Sendable {
  /// Consecutive rows of one slot in one step.
  struct Part: Sendable {
    let slot: Int
    let firstPosition: Int
    let qkv: [[Double]]  // (rows, 3C)
    let attended: [[Double]]  // (rows, C)
  }

  let heads: Int
  let headSize: Int
  let scale: Double
  let steps: [[Part]]

  /// A part of a step: so many rows of a slot, from its next position or, where it is taken anew, from 0.
  struct Move {
    var slot: Int
    var rows: Int
    var isNew = false
  }

  /// Prompts in chunks of one under and over tiles (4) and blocks (64), beside single rows of running sequences.
  static let chunks: [[Move]] = [
    [Move(slot: 2, rows: 5), Move(slot: 0, rows: 1)],
    [Move(slot: 0, rows: 1), Move(slot: 2, rows: 1)],
    [Move(slot: 0, rows: 1), Move(slot: 1, rows: 67), Move(slot: 2, rows: 1)],
    [Move(slot: 1, rows: 60), Move(slot: 2, rows: 3)],
    [Move(slot: 1, rows: 1), Move(slot: 2, rows: 57)],
    [Move(slot: 2, rows: 4), Move(slot: 0, rows: 2)],
    // Slot 1 goes to another sequence: keys and values of the first must not show.
    [Move(slot: 1, rows: 9, isNew: true), Move(slot: 0, rows: 1)],
    [Move(slot: 0, rows: 1), Move(slot: 1, rows: 1), Move(slot: 2, rows: 1)],
  ]

  init(heads: Int, headSize: Int, _ moves: [[Move]], seed: UInt64) {
    self.heads = heads
    self.headSize = headSize
    let scale = 1 / Double(headSize).squareRoot()
    self.scale = Double(Float(scale))
    let channels = heads * headSize
    var generator = TestGenerator(state: seed)
    var sequences: [Int: [(key: [Double], value: [Double])]] = [:]
    steps = moves.map { moves in
      moves.map { move in
        if move.isNew { sequences[move.slot] = [] }
        let firstPosition = sequences[move.slot, default: []].count
        let qkv = generator.rows(move.rows, 3 * channels)
        let attended = qkv.map { row in
          sequences[move.slot, default: []].append(
            (key: Array(row[channels..<2 * channels]), value: Array(row[(2 * channels)...])))
          let seen = sequences[move.slot] ?? []
          return Reference.attention(
            Array(row[..<channels]), seen.map(\.key), seen.map(\.value), heads: heads, scale: scale)
        }
        return Part(slot: move.slot, firstPosition: firstPosition, qkv: qkv, attended: attended)
      }
    }
  }
}

extension OperationHarness {
  /// The attention of one step's rows.
  func attend(_ parts: [AttentionScenario.Part], _ cache: B.Cache, scale: Double) throws -> [Float] {
    let qkv = parts.flatMap(\.qkv)
    let input = try activations(qkv)
    let y = try backend.activations(rows: qkv.count, columns: qkv[0].count / 3)
    var step = Step()
    for part in parts {
      step.append(part.qkv.map { _ in 0 }, slot: Int32(part.slot), firstPosition: part.firstPosition)
    }
    let stepRows = try backend.begin(step, slots)
    try backend.attention(input, cache, scale: Float(scale), stepRows, into: y)
    return try backend.read(y, count: qkv.count)
  }

  /// Room for a scenario's keys and values.
  func cache(_ scenario: AttentionScenario) throws -> B.Cache {
    try cache(heads: scenario.heads, headSize: scenario.headSize)
  }
}
