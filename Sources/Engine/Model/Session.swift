package import Backend
internal import Checkpoint

/// The memory of running sequences: their keys and values, and the activations of one step.
package final class Session<B: Backend> {
  /// The sizes of a session.
  package struct Limits: Hashable, Sendable {
    /// Sequences at a time.
    package var slots: Int
    /// Positions of a sequence.
    package var length: Int
    /// Rows of a step.
    package var rows: Int
    /// Rows of a step whose logits are wanted.
    package var outputs: Int
    /// The tokens that end a text.
    package var endOfText: [Int32]
    /// Pages of 64 positions for the keys and values of all sequences.
    package var pages: Int
    /// Slots behind those of sequences, for draws that presume what others choose.
    var scratchSlots = 0
    /// Whether each slot has pages of its own for its whole length, from the start.
    var slotsOwnPages = false

    /// Makes limits for slots that have pages of their own: as many as their length needs.
    package init(slots: Int, length: Int, rows: Int, outputs: Int, endOfText: [Int32]) {
      self.init(
        slots: slots, length: length, rows: rows, outputs: outputs, endOfText: endOfText,
        pages: slots * KeyValuePage.count(positions: length))
      slotsOwnPages = true
    }

    /// Makes limits for slots that are given pages one sequence after the other.
    init(slots: Int, length: Int, rows: Int, outputs: Int, endOfText: [Int32], pages: Int) {
      self.slots = slots
      self.length = length
      self.rows = rows
      self.outputs = outputs
      self.endOfText = endOfText
      self.pages = pages
    }
  }

  /// Its sizes.
  package let limits: Limits
  let activations: StepActivations<B.Activations>
  let caches: [B.Cache]
  let slots: B.Slots
  private let backend: B

  /// Allocates the memory.
  package init(_ model: GPT2Model<B>, limits: Limits) throws {
    let (backend, configuration) = (model.backend, model.configuration)
    let channels = configuration.embeddingSize
    self.backend = backend
    self.limits = limits
    activations = StepActivations(
      x: try backend.activations(rows: limits.rows, columns: channels),
      selected: try backend.activations(rows: limits.outputs, columns: channels),
      qkv: try backend.activations(rows: limits.rows, columns: 3 * channels),
      attended: try backend.activations(rows: limits.rows, columns: channels, for: .products),
      inner: try backend.activations(rows: limits.rows, columns: configuration.innerSize, for: .products),
      logits: try backend.activations(rows: limits.outputs, columns: configuration.vocabularySize))
    slots = try backend.slots(
      count: limits.slots + limits.scratchSlots, length: limits.length, vocabularySize: configuration.vocabularySize,
      endOfText: limits.endOfText)
    caches = try (0..<configuration.layerCount).map { _ in
      try backend.cache(pages: limits.pages, heads: configuration.headCount, headSize: configuration.headSize)
    }
    if limits.slotsOwnPages {
      let blocks = Int32(KeyValuePage.count(positions: limits.length))
      for slot in 0..<limits.slots {
        try backend.setPages((0..<blocks).map { Int32(slot) * blocks + $0 }, slot: slot, slots)
      }
    }
  }

  /// Copies a page of every layer's keys and values to others.
  func copy(page: Int32, to pages: [Int32]) throws {
    for cache in caches { try backend.copy(cache, page: page, to: pages) }
  }
}
