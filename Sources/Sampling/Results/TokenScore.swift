internal import System

/// Which row of logits to score, and by which token.
package struct ScoreRow: Sendable, Hashable, BitwiseCopyable {
  /// The row of the logits.
  package var logitsRow: Int32
  /// The token whose log-probability is wanted; -1 where none is.
  package var target: Int32

  /// A row, and the token that is wanted of it, if any.
  package init(logitsRow: Int, target: Int32 = -1) {
    self.logitsRow = Int32(logitsRow)
    self.target = target
  }
}

/// How likely tokens are by a row of logits: a given one, and the likeliest.
///
/// In the integers of ``TokenMass``, as the kernels `Kernels/*/score.cl` report it: equal logits give equal numbers on
/// every device, and ``SampledToken`` gives the same one for the token that it chose.
package struct TokenScore: Sendable, Hashable {
  /// A token, and how far its logit lies under the row's largest.
  package struct Top: Sendable, Hashable {
    package var token: Int32
    package var difference: Float

    package init(token: Int32, difference: Float) {
      self.token = token
      self.difference = difference
    }
  }

  /// How far the given token's logit lies under the row's largest; 0 where there is no such token.
  package var difference: Float
  /// The masses of the whole row; 0 where a logit is not finite, or all are minus infinity.
  package var mass: UInt64
  /// The likeliest tokens, the best first, of equals the lower ids; those of minus infinity last.
  package var top: [Top]

  /// The most tokens that can be asked for.
  package static let mostTop = 64
  /// Words of 64 bits that a row's score takes on a device.
  package static func wordCount(top: Int) -> Int { 2 + top }

  /// A score from its fields.
  package init(difference: Float, mass: UInt64, top: [Top] = []) {
    self.difference = difference
    self.mass = mass
    self.top = top
  }

  /// A score as a kernel wrote it.
  package init(words: some Collection<UInt64>) {
    func difference(_ word: UInt64) -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: word >> 32)) }
    var rest = words[...]
    let first = rest.popFirst() ?? 0
    self.init(difference: Float(bitPattern: UInt32(truncatingIfNeeded: first)), mass: rest.popFirst() ?? 0)
    if mass == 0 {
      self.difference = 0
    } else {
      top = rest.map { Top(token: Int32(truncatingIfNeeded: $0), difference: difference($0)) }.filter { $0.token >= 0 }
    }
  }
}

extension TokenScore {
  /// The natural logarithm of the given token's probability.
  ///
  /// - Throws: ``SamplingError/notFinite`` where a logit of the row is not a number or infinite.
  package func logProbability() throws(SamplingError) -> Double {
    let value = mass > 0 ? TokenMass.logProbability(difference: difference, of: mass) : .nan
    if !value.isFinite { throw .notFinite }
    return value
  }

  /// The first `count` of the likeliest that are possible at all, with their log-probabilities.
  package func topLogProbabilities(_ count: Int) -> [TokenLogProbability] {
    top.prefix(count).filter { $0.difference < .infinity }.map {
      TokenLogProbability(
        token: $0.token, logProbability: TokenMass.logProbability(difference: $0.difference, of: mass))
    }
  }

  /// The given token's log-probability beside those of the `count` likeliest.
  package func scored(top count: Int) throws(SamplingError) -> ScoredToken {
    ScoredToken(logProbability: try logProbability(), top: topLogProbabilities(count))
  }
}

extension TokenMass {
  /// The natural logarithm of the probability of a token whose logit lies so far under the largest.
  static func logProbability(difference: Float, of mass: UInt64) -> Double {
    -Double(difference) - log(Double(mass) / Double(unit))
  }
}
