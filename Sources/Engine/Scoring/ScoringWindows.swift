internal import Backend

/// How a text longer than the context is scored: in windows that overlap, each token once.
///
/// As transformers' guide "Perplexity of fixed-length models" defines it: windows of `context` tokens start every
/// `stride` tokens, and each scores the tokens that the windows before it did not. The first token of the text, which
/// nothing precedes, is not scored.
struct ScoringWindows {
  /// Some consecutive tokens of the text, as the model sees them.
  struct Window: Hashable {
    /// The tokens of the window.
    var tokens: Range<Int>
    /// The first token that it scores; it scores all from there.
    var firstScored: Int

    /// The tokens that the model takes in: no token is predicted after the last.
    var inputs: Range<Int> { tokens.lowerBound..<tokens.upperBound - 1 }
  }

  let windows: [Window]

  /// The windows of a text of `count` tokens; `stride` is less than `context`.
  init(count: Int, context: Int, stride: Int) {
    var windows: [Window] = []
    var scored = 1
    var start = 0
    while scored < count {
      let end = min(start + context, count)
      windows.append(Window(tokens: start..<end, firstScored: scored))
      scored = end
      start += stride
    }
    self.windows = windows
  }
}

extension ScoringWindows {
  /// The work of one step: rows of one window or several, and the tokens whose log-probabilities follow from them.
  struct Batch {
    var step = Step()
    var targets: [Int32] = []
  }

  /// The steps that compute all windows of a text, in order.
  ///
  /// Several windows share a step where they fit. Windows take the slots in turn: a step never holds two of one slot,
  /// because it has at most `slots` windows.
  struct Batches: Sequence, IteratorProtocol {
    let tokens: [Int32]
    let windows: [Window]
    let slots: Int
    /// The most rows of a step.
    let rows: Int
    /// The most rows of a step whose logits are wanted.
    let outputs: Int
    private var window = 0
    /// Tokens of the window that steps have taken.
    private var progress = 0

    init(_ windows: ScoringWindows, of tokens: [Int32], slots: Int, rows: Int, outputs: Int) {
      self.tokens = tokens
      self.windows = windows.windows
      self.slots = slots
      self.rows = rows
      self.outputs = outputs
    }

    mutating func next() -> Batch? {
      var batch = Batch()
      var windowsOfStep = 0
      while window < windows.count, windowsOfStep < slots, batch.step.rows.count < rows,
        batch.targets.count < outputs
      {
        append(from: windows[window], to: &batch)
        windowsOfStep += 1
        if progress == windows[window].inputs.count {
          window += 1
          progress = 0
        }
      }
      return batch.step.rows.isEmpty ? nil : batch
    }

    /// Appends as many of a window's next tokens as the step has room for.
    private mutating func append(from window: Window, to batch: inout Batch) {
      let first = window.inputs.lowerBound + progress
      // The row of a token says how likely the one after it is.
      let firstOutput = Swift.max(first, window.firstScored - 1)
      var end = Swift.min(window.inputs.upperBound, first + rows - batch.step.rows.count)
      end = Swift.min(end, Swift.max(firstOutput, first) + outputs - batch.targets.count)
      let slot = Int32(self.window % slots)
      let context = first..<Swift.min(firstOutput, end)
      batch.step.append(tokens[context], slot: slot, firstPosition: progress, wantsLogits: .none)
      let scored = context.upperBound..<end
      batch.step.append(
        tokens[scored], slot: slot, firstPosition: progress + context.count, wantsLogits: .all)
      batch.targets += scored.map { tokens[$0 + 1] }
      progress += end - first
    }
  }
}
