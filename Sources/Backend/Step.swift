/// One pass through the model: rows of any sequences at any positions, prefill and decode mixed.
///
/// Ragged, so that nothing is padded and a sequence's text does not depend on its company.
package struct Step: Sendable {
  /// One token at one position of one sequence.
  package struct Row: Hashable, Sendable {
    /// The slot of the key-value cache that the sequence owns.
    package var slot: Int32
    /// The token's position in the sequence, from 0.
    package var position: Int32
    /// The token, or ``lastSample``.
    package var token: Int32

    /// Stands for the token last sampled for the slot, which only the device needs to know.
    package static let lastSample: Int32 = -1

    /// Makes a row.
    package init(slot: Int32, position: Int32, token: Int32) {
      self.slot = slot
      self.position = position
      self.token = token
    }
  }

  /// The rows. Rows of one slot stand together in the order of their positions.
  package private(set) var rows: [Row] = []
  /// The rows whose next-token logits are wanted, in the order of the logits.
  package private(set) var outputs: [Int32] = []
  /// How many rows are of running sequences, not of prompts.
  private var decodeRows = 0

  /// An empty step.
  package init() {}

  /// Adds the tokens of one slot at consecutive positions.
  ///
  /// - Parameters:
  ///   - wantsLogits: Which of them are wanted as outputs.
  ///   - continues: Whether they continue a prompt, as last samples do; others are part of one.
  /// - Returns: The index of the last row among the outputs, where it is one.
  @discardableResult
  package mutating func append(
    _ tokens: some Collection<Int32>, slot: Int32, firstPosition: Int, wantsLogits: Outputs = .last,
    continues: Bool = false
  ) -> Int? {
    for (offset, token) in tokens.enumerated() {
      if wantsLogits == .all || wantsLogits == .last && offset == tokens.count - 1 {
        outputs.append(Int32(rows.count))
      }
      rows.append(Row(slot: slot, position: Int32(firstPosition + offset), token: token))
      if continues || token == Row.lastSample { decodeRows += 1 }
    }
    return wantsLogits == .none || tokens.isEmpty ? nil : outputs.count - 1
  }

  /// Which of a run of tokens are wanted as outputs.
  package enum Outputs: Sendable {
    /// None: a chunk of a prompt that goes on.
    case none
    /// The last: its logits choose the next token.
    case last
    /// All: to score a text.
    case all
  }
}

extension Step {
  /// How many rows of each kind there are.
  package struct RowCounts {
    /// Tokens of prompts.
    package var prompt = 0
    /// Rows of running sequences.
    package var decode = 0

    package var all: Int { prompt + decode }

    package static func += (left: inout RowCounts, right: RowCounts) {
      left.prompt += right.prompt
      left.decode += right.decode
    }

    package init(prompt: Int = 0, decode: Int = 0) {
      self.prompt = prompt
      self.decode = decode
    }
  }

  /// The rows by kind.
  package var rowCounts: RowCounts { RowCounts(prompt: rows.count - decodeRows, decode: decodeRows) }

  /// Rows of one slot at consecutive positions, which may share the keys and values they load.
  package struct Tile: Hashable {
    package var firstRow: Int
    package var count: Int

    package init(firstRow: Int, count: Int) {
      self.firstRow = firstRow
      self.count = count
    }
  }

  /// The rows cut into tiles of at most `height`, each within one slot.
  package func tiles(height: Int) -> [Tile] {
    var tiles: [Tile] = []
    for (index, row) in rows.enumerated() {
      if let last = tiles.last, last.count < height, rows[index - 1].slot == row.slot,
        rows[index - 1].position + 1 == row.position
      {
        tiles[tiles.count - 1].count += 1
      } else {
        tiles.append(Tile(firstRow: index, count: 1))
      }
    }
    return tiles
  }
}
