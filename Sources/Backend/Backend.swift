package import Checkpoint
package import Sampling

/// The operations GPT-2 is made of, on one device.
///
/// No tensor algebra: each requirement is a whole step of the paper's architecture, so that an implementation can fuse
/// what it likes. Letters: M rows of a step, R rows whose logits are wanted, C channels, H heads, D = C/H, K and N a
/// matrix's inner and output size, V vocabulary. Activations are (M, columns) on the device.
///
/// Operations may return before the device has done them; they run in the order they are called. A backend is not
/// Sendable: one owner calls it.
package protocol Backend<Matrix, Norm>: AnyObject {
  /// Weights (K, N), packed as the device likes them, and a bias (N).
  associatedtype Matrix
  /// Rows (T, C) that are looked up, never multiplied.
  associatedtype Table
  /// Gain and bias (C) of a layer norm, and its epsilon.
  associatedtype Norm
  /// Activations of the rows of a step.
  associatedtype Activations
  /// Keys and values of one layer, in pages of ``KeyValuePage/length`` positions, which slots are given.
  associatedtype Cache
  /// The state of each slot beside its keys and values: its pages, the token last sampled, whether that ended the
  /// sequence, and the tokens seen.
  associatedtype Slots
  /// The rows of a step that an operation computes.
  associatedtype Rows: StepRowSelection

  /// The device's name, for people.
  var deviceName: String { get }
  /// How weights are stored.
  var precision: Precision { get }
  /// The device's memory, and the steps and batches that it has room for.
  var limits: BackendLimits { get }
  /// Bytes that it takes of the device's memory now; nil where that is the host's.
  var memoryBytes: Int? { get }

  // MARK: Loading

  /// Packs a weight matrix.
  ///
  /// - Parameter layout: Whether the file keeps it as (K, N) or (N, K).
  func matrix(_ weights: TensorView, layout: MatrixLayout, bias: TensorView?, for use: MatrixUse) throws -> Matrix
  /// Takes over a table of rows.
  func table(_ rows: TensorView) throws -> Table
  /// Takes over a layer norm's parameters.
  func norm(gain: TensorView, bias: TensorView, epsilon: Double) throws -> Norm
  /// Waits until everything is loaded.
  ///
  /// - Throws: ``WeightError``, naming the tensor, where a weight is not finite or does not fit the precision.
  func finishLoading() throws
  /// Keeps the programs compiled so far for later starts, which takes a while the first time.
  func keepCompiled()

  // MARK: Memory

  /// Room for activations of at most `rows` rows.
  func activations(rows: Int, columns: Int, for use: ActivationUse) throws -> Activations
  /// Bytes that a page takes in each of the two buffers of a layer's cache, keys and values, whichever is the larger.
  func pageByteCount(heads: Int, headSize: Int) -> Int
  /// Room for the keys and values of one layer in `pages` pages, of undefined contents, and not touched yet.
  func cache(pages: Int, heads: Int, headSize: Int) throws -> Cache
  /// Copies a page to others.
  func copy(_ cache: Cache, page: Int32, to pages: [Int32]) throws
  /// The state of `count` slots that hold at most `length` positions, for sampling from V tokens, of which `endOfText`
  /// end a text.
  func slots(count: Int, length: Int, vocabularySize: Int, endOfText: [Int32]) throws -> Slots
  /// Says in which pages, of every layer's cache, a slot's positions lie.
  func setPages(_ pages: [Int32], slot: Int, _ slots: Slots) throws

  // MARK: One step

  /// Sends the step's rows to the device. They hold until the next call.
  func begin(_ step: Step, _ slots: Slots) throws -> Rows
  /// Sends the step's rows to the device, and calls `operations` with them.
  ///
  /// These must depend on nothing of the step but how many rows of each kind there are: a backend may repeat what it
  /// enqueued for the last step like this one instead.
  func compute(_ step: Step, _ slots: Slots, _ operations: (Rows) throws -> Void) throws
  /// x[m] = tokens[token(m)] + positions[position(m)].
  func embed(_ tokens: Matrix, _ positions: Table, _ rows: Rows, into x: Activations) throws
  /// selected[r] = x[m], m the r-th of the step's rows whose logits are wanted; `outputs` are these.
  func select(_ outputs: Rows, of x: Activations, into selected: Activations) throws
  /// y = activation(norm(x) · W + b).
  func normalizedLinear(
    _ x: Activations, _ norm: Norm, _ matrix: Matrix, _ activation: Activation, _ rows: Rows, into y: Activations)
    throws
  /// y += x · W + b.
  func linear(_ x: Activations, _ matrix: Matrix, _ rows: Rows, addingTo y: Activations) throws
  /// Puts the keys and values of all of the step's rows, (M, 3C) behind the queries in `qkv`, into the cache; then the
  /// causal attention of `rows`, each over its slot's positions up to its own. Rows of last samples may be left out
  /// where that sample ended the sequence.
  func attention(_ qkv: Activations, _ cache: Cache, scale: Float, _ rows: Rows, into y: Activations) throws
  /// A layer in one operation, on `activations.x`.
  ///
  /// - Returns: Whether it was done. Else its operations have to be called.
  func run(
    _ layer: Layer<Matrix, Norm>, _ cache: Cache, _ rows: Rows, _ activations: StepActivations<Activations>
  ) throws -> Bool
  /// Logits (R, V) of the rows: norm(x) · W.
  func head(_ x: Activations, _ norm: Norm, _ matrix: Matrix, _ rows: Rows, into logits: Activations) throws

  // MARK: After the step

  /// Chooses a token for each row, and keeps it as its slot's last sample; ``SampledToken/ended`` where the slot's
  /// sequence has ended.
  func sample(_ logits: Activations, _ rows: [SamplingRow], _ slots: Slots) throws -> Pending<[SampledToken]>
  /// How likely tokens are by some rows of logits: of each a given token, below V, and the likeliest.
  ///
  /// - Parameter top: How many of the likeliest, at most ``TokenScore/mostTop``; fewer come where V is less.
  func score(_ logits: Activations, _ rows: [ScoreRow], top: Int) throws -> Pending<[TokenScore]>
  /// Some rows of activations in fp32, (rows, columns): of logits, for choices that the kernels cannot make.
  func read(_ activations: Activations, rows: [Int]) throws -> Pending<[Float]>
  /// Makes tokens their slots' last samples, of sequences that go on.
  func setLastSamples(_ samples: [(slot: Int, token: Int32)], _ slots: Slots) throws
  /// Makes `tokens` the ones that the slot's repetition penalty concerns.
  func setSeen(_ tokens: TokenSet, slot: Int, _ slots: Slots) throws
}

extension Backend {
  /// Packs a weight matrix of a layer.
  package func matrix(_ weights: TensorView, layout: MatrixLayout, bias: TensorView?) throws -> Matrix {
    try matrix(weights, layout: layout, bias: bias, for: .layer)
  }

  /// Room for activations in fp32.
  package func activations(rows: Int, columns: Int) throws -> Activations {
    try activations(rows: rows, columns: columns, for: .any)
  }

  /// The first `count` rows, once they are computed.
  package func read(_ activations: Activations, count: Int) throws -> [Float] {
    try read(activations, rows: Array(0..<count)).wait()
  }

  /// Calls them.
  package func compute(_ step: Step, _ slots: Slots, _ operations: (Rows) throws -> Void) throws {
    try operations(begin(step, slots))
  }

  /// There is no such operation.
  package func run(
    _ layer: Layer<Matrix, Norm>, _ cache: Cache, _ rows: Rows, _ activations: StepActivations<Activations>
  ) throws -> Bool { false }
}
