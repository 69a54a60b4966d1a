/// The scores of one step: a row of logits, and what processors make of them.
///
/// They are compared as transformers compares them, except that subnormal numbers count as zero, since devices may
/// flush them.
struct Scores {
  /// Sixteen scores.
  typealias Vector = LogitRow.Vector

  /// Filled up with minus infinity behind the row's end. (V / 16)
  private(set) var vectors: [Vector] = []
  /// How many there are. (V)
  private(set) var count = 0

  /// Takes a row of logits. (V)
  mutating func load(_ row: LogitRow) { load(row) { _, logits in logits } }

  /// Takes what becomes of a row of logits. (V)
  ///
  /// - Parameter change: Makes scores of the logits of a vector, and leaves minus infinity as it is.
  @inline(__always)
  mutating func load(_ row: LogitRow, _ change: (_ index: Int, _ logits: Vector) -> Vector) {
    count = row.count
    if vectors.count != row.vectorCount { vectors = Array(repeating: Vector(), count: row.vectorCount) }
    for index in vectors.indices { vectors[index] = change(index, row.vector(index)).withoutSubnormals }
  }

  /// A token's score; minus infinity for an id outside the vocabulary.
  subscript(token: Int32) -> Float {
    guard token >= 0, token < count else { return -.infinity }
    let (index, lane) = Int(token).quotientAndRemainder(dividingBy: Vector.scalarCount)
    return vectors[index][lane]
  }

  /// Changes a token's score; does nothing for an id outside the vocabulary.
  mutating func update(_ token: Int32, _ change: (Float) -> Float) {
    guard token >= 0, token < count else { return }
    let (index, lane) = Int(token).quotientAndRemainder(dividingBy: Vector.scalarCount)
    let score = change(vectors[index][lane])
    vectors[index][lane] = score.isSubnormal || score == 0 ? 0 : score
  }

  /// Makes sure that tokens are not chosen.
  mutating func ruleOut(_ tokens: some Sequence<Int32>) {
    for token in tokens { update(token) { _ in -.infinity } }
  }

  /// Makes sure that no others than these are chosen; those outside the vocabulary are left out.
  mutating func allowOnly(_ scores: [(token: Int32, score: Float)]) {
    for index in vectors.indices { vectors[index] = Vector(repeating: -.infinity) }
    for (token, score) in scores { update(token) { _ in score } }
  }

  /// The largest score.
  func largest() throws(SamplingError) -> Float {
    var largest = Vector(repeating: -.infinity)
    for vector in vectors { largest.replace(with: vector, where: vector .> largest) }
    let maximum = largest.max()
    guard maximum < .infinity else { throw .notFinite }  // a penalty may overflow
    guard maximum > -.infinity else { throw .nothingLeft }
    return maximum
  }

  /// The first token with a score.
  func firstToken(scoring score: Float) throws(SamplingError) -> Int {
    for (index, vector) in vectors.enumerated() where any(vector .== score) {
      for lane in 0..<Vector.scalarCount where vector[lane] == score { return index * Vector.scalarCount + lane }
    }
    throw .nothingLeft
  }
}
