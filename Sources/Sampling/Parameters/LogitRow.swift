/// A row of logits as the host reads it, sixteen at a time: the one view for choosing, scoring and guiding.
///
/// Subnormal logits count as zero, since devices may flush them.
struct LogitRow {
  /// Sixteen logits.
  typealias Vector = SIMD16<Float>

  private let logits: UnsafeBufferPointer<Float>
  /// The largest; minus infinity where all are.
  private(set) var maximum: Float = -.infinity

  /// A view of a row, which it must not outlive. (V)
  ///
  /// - Throws: ``SamplingError/notFinite`` where a logit is not a number, or plus infinity.
  init(_ logits: UnsafeBufferPointer<Float>) throws(SamplingError) {
    self.logits = logits
    var largest = Vector(repeating: -.infinity)
    var isNumber = SIMDMask<SIMD16<Int32>>(repeating: true)
    for index in 0..<vectorCount {
      let vector = vector(index)
      isNumber .&= vector .== vector
      largest.replace(with: vector, where: vector .> largest)
    }
    maximum = largest.max()
    guard all(isNumber), maximum < .infinity else { throw .notFinite }
  }

  /// How many logits there are. (V)
  var count: Int { logits.count }
  /// How many vectors they make. (V / 16, rounded up)
  var vectorCount: Int { (count + Vector.scalarCount - 1) / Vector.scalarCount }

  /// A token's logit.
  subscript(token: Int) -> Float { logits[token].isSubnormal || logits[token] == 0 ? 0 : logits[token] }

  /// Sixteen logits, filled up with minus infinity behind the row's end.
  @inline(__always)
  func vector(_ index: Int) -> Vector {
    let start = index * Vector.scalarCount
    if start + Vector.scalarCount <= logits.count, let base = logits.baseAddress {
      // A row of logits is aligned to four bytes only.
      return UnsafeRawPointer(base + start).loadUnaligned(as: Vector.self).withoutSubnormals
    }
    var vector = Vector(repeating: -.infinity)
    for lane in 0..<(logits.count - start) { vector[lane] = logits[start + lane] }
    return vector.withoutSubnormals
  }

  /// The sum of the masses of all tokens, the largest logit's being one ``TokenMass/unit``; 0 where all are minus
  /// infinity.
  func mass() -> UInt64 {
    let scale = SamplingRow(SamplingParameters(), draw: 0).scale
    var masses = SIMD16<UInt64>()
    for index in 0..<vectorCount {
      masses &+= TokenMass.masses(atDepths: TokenMass.depths(of: vector(index), below: maximum, scale: scale))
    }
    return masses.wrappedSum()
  }

  /// By how much logits lie above their log-probabilities: the logarithm of the sum of their exponentials.
  ///
  /// - Parameter mass: The row's ``mass()``.
  func normalizer(mass: UInt64) -> Double {
    Double(maximum) - TokenMass.logProbability(difference: 0, of: mass)
  }
}

extension SIMD16<Float> {
  /// Subnormal numbers and minus zero as zero.
  @inline(__always)
  var withoutSubnormals: Self {
    replacing(with: 0, where: (self .< .leastNormalMagnitude) .& (self .> -.leastNormalMagnitude))
  }
}
