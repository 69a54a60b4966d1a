package import Sampling
package import Checkpoint

/// The operations GPT-2 is made of, on one device.
///
/// No tensor algebra: each requirement is a whole step of the paper's architecture, so that an implementation can fuse
/// what it likes. Letters: M rows of a step, C channels, H heads, D = C/H, K and N a matrix's inner and output size,
/// V vocabulary, R rows whose logits are wanted. Activations are (M, columns) fp32 on the device.
///
/// Operations may return before the device has done them; they run in the order they are called. A backend is not
/// Sendable: one owner calls it.
package protocol Backend: AnyObject {
  /// Weights (K, N), packed as the device likes them, and a bias (N).
  associatedtype Matrix
  /// Rows (T, C) that are looked up, never multiplied.
  associatedtype Table
  /// Gain and bias (C) of a layer norm, and its epsilon.
  associatedtype Norm
  /// Activations of the rows of a step.
  associatedtype Activations
  /// Keys and values of one layer, in pages of ``KeyValuePage/length`` positions that slots take and give back.
  associatedtype Cache
  /// What is kept for each slot beside its keys and values: the pages that these lie in, the token last sampled, whether
  /// that ended the sequence, and which tokens were seen.
  associatedtype Slots
  /// Tokens on their way from the device.
  associatedtype Samples: PendingSamples
  /// Log-probabilities on their way from the device.
  associatedtype Scores: PendingScores

  /// What computes, for people.
  var deviceName: String { get }
  /// How weights are stored.
  var precision: Precision { get }
  /// Bytes that it takes of the device's memory now; nil where that is the host's.
  var memoryBytes: Int? { get }

  // MARK: Loading

  /// Packs a weight matrix.
  ///
  /// - Parameter layout: Whether the file keeps it as (K, N) or (N, K).
  func matrix(_ weights: TensorView, layout: MatrixLayout, bias: TensorView?) throws -> Matrix
  /// Takes over a table of rows.
  func table(_ rows: TensorView) throws -> Table
  /// Takes over a layer norm's parameters.
  func norm(gain: TensorView, bias: TensorView, epsilon: Double) throws -> Norm
  /// Waits for what was loaded.
  ///
  /// - Throws: ``WeightError``, naming the tensor, where a weight is not finite or does not fit the precision.
  func finishLoading() throws

  /// Leaves what was compiled by now for the next start, which takes a while the first time.
  func keepCompiled()

  // MARK: Memory

  /// Room for activations of at most `rows` rows.
  func activations(rows: Int, columns: Int) throws -> Activations
  /// Room for activations that nothing but products read, so that they may be kept as these take them.
  func factors(rows: Int, columns: Int) throws -> Activations
  /// What this device's memory allows.
  var memoryLimits: MemoryLimits { get }
  /// How many sequences are decoded together where nobody says: enough to keep the device busy.
  var preferredBatchSize: Int { get }
  /// The most rows of a step.
  var maximumRows: Int { get }
  /// Bytes that a page takes in each of the two buffers of a layer's cache, keys and values, whichever is the larger.
  func pageByteCount(heads: Int, headSize: Int) -> Int
  /// Room for the keys and values of one layer in `pages` pages, of undefined contents, and not touched yet.
  func cache(pages: Int, heads: Int, headSize: Int) throws -> Cache
  /// What `count` slots need that hold at most `length` positions, for sampling from V tokens, of which `endOfText` end a
  /// text.
  func slots(count: Int, length: Int, vocabularySize: Int, endOfText: [Int32]) throws -> Slots
  /// Says in which pages, of every layer's cache, a slot's positions lie.
  func setPages(_ pages: [Int32], slot: Int, _ slots: Slots) throws
  /// Copies a page to others.
  func copy(_ cache: Cache, page: Int32, to pages: [Int32]) throws

  // MARK: One step

  /// Tells the rows that the operations from here on work on.
  func begin(_ step: Step, _ slots: Slots) throws
  /// Calls the operations of a pass through the model. They must depend on nothing of the step but how many rows of each kind
  /// there are: a backend may do again what it did for the last step like it, instead of calling.
  func pass(_ operations: () throws -> Void) throws
  /// x[m] = tokens[token(m)] + positions[position(m)].
  func embed(_ tokens: Matrix, _ positions: Table, into x: Activations) throws
  /// selected[r] = x[m], m the r-th of the step's output rows. From here on the operations compute these rows alone:
  /// whatever (M, …) they say is (R, …), but for the queries, keys and values of attention.
  func narrow(_ x: Activations, into selected: Activations) throws
  /// y = activation(norm(x) · W + b); `scratch` has room for norm(x), (M, C).
  func normalizedLinear(
    _ x: Activations, _ norm: Norm, _ matrix: Matrix, _ activation: Activation, scratch: Activations,
    into y: Activations) throws
  /// y += x · W + b.
  func linear(_ x: Activations, _ matrix: Matrix, addingTo y: Activations) throws
  /// Puts the rows' keys and values, (M, 3C) beside the queries in `qkv`, into the cache; then y[m] = the causal
  /// attention of row m over its slot's positions up to its own. Rows of last samples may be left out where that sample
  /// ended the sequence.
  func attention(_ qkv: Activations, _ cache: Cache, scale: Float, into y: Activations) throws
  /// A block in one operation, on `activations.x`, of a step whose rows' logits are all wanted.
  ///
  /// - Returns: Whether it was done. Else the operations that it is made of have to be called.
  func run(_ block: Block<Self>, _ cache: Cache, _ activations: StepActivations<Self>) throws -> Bool
  /// Logits (M, V): norm(x) · W; `scratch` has room for norm(x), (M, C).
  func head(_ x: Activations, _ norm: Norm, _ matrix: Matrix, scratch: Activations, into logits: Activations) throws

  // MARK: After the step

  /// Chooses a token for each row, and keeps it as its slot's last sample; ``SampledToken/ended`` where the slot's sequence
  /// has ended.
  func sample(_ logits: Activations, _ rows: [SamplingRow], _ slots: Slots) throws -> Samples
  /// The log-probability of one token for each of the first rows of logits.
  ///
  /// - Parameter targets: The tokens, each from 0 up to V.
  func score(_ logits: Activations, targets: [Int32]) throws -> Scores
  /// The first `count` rows of logits, (count, V), for what the kernels cannot choose.
  func read(_ logits: Activations, count: Int) throws -> [Float]
  /// Makes `token` the slot's last sample, of a sequence that goes on.
  func setLastSample(_ token: Int32, slot: Int, _ slots: Slots) throws
  /// Makes `tokens` the ones that the slot's repetition penalty concerns.
  func setSeen(_ tokens: TokenSet, slot: Int, _ slots: Slots) throws
}

extension Backend {
  /// Room for activations like any other.
  package func factors(rows: Int, columns: Int) throws -> Activations { try activations(rows: rows, columns: columns) }
  /// There is no such operation.
  package func run(
    _ block: Block<Self>, _ cache: Cache, _ activations: StepActivations<Self>
  ) throws -> Bool { false }
  /// Calls them.
  package func pass(_ operations: () throws -> Void) throws { try operations() }
}
