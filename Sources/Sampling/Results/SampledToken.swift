/// A chosen token, as ``HostSampler`` and the kernels `Kernels/*/sampling*.cl` report it: 16 bytes.
package struct SampledToken: Sendable, Hashable, BitwiseCopyable {
  /// The token's id; negative where none could be chosen (see ``checked()``).
  package var token: Int32
  /// How far the token's logit lies under the row's largest, before any processing.
  package var difference: Float
  /// The masses of the whole row, before any processing, in units of the largest's 2⁻⁴⁰; 0 where not asked for.
  package var rawMass: UInt64

  /// Stands for a token where a logit was not a number or infinite.
  static let notFinite: Int32 = -1
  /// Stands for a token where every token was ruled out.
  static let nothingLeft: Int32 = -2
  /// Stands for a token behind the end of a sequence, which nobody asked for but a step planned ahead.
  package static let ended: Int32 = -3

  /// A result from its fields.
  package init(token: Int32, difference: Float, rawMass: UInt64) {
    self.token = token
    self.difference = difference
    self.rawMass = rawMass
  }

  /// The result that stands for a failure.
  init(_ error: SamplingError) {
    let token =
      switch error {
      case .notFinite: Self.notFinite
      case .nothingLeft, .tooFewBeams: Self.nothingLeft
      }
    self.init(token: token, difference: 0, rawMass: 0)
  }

  /// This result, if a token was chosen.
  package func checked() throws(SamplingError) -> SampledToken {
    switch token {
    case 0...: self
    case Self.nothingLeft: throw .nothingLeft
    default: throw .notFinite
    }
  }
}

/// Why no token could be chosen from a row of logits.
public enum SamplingError: Error, Hashable, CustomStringConvertible {
  /// A logit is not a number or infinite.
  case notFinite
  /// Every token is ruled out.
  case nothingLeft
  /// Fewer beams have ended than texts are asked for.
  case tooFewBeams

  /// A sentence for a person.
  public var description: String {
    switch self {
    case .notFinite:
      "The model's logits are not finite numbers: its weights are damaged, or too large for this precision "
        + "(try fp32), or the device is at fault ('gpt2-gpu doctor' tells)."
    case .nothingLeft:
      "Every token is ruled out: allow the end of the text, or more tokens, or fewer banned words and n-grams."
    case .tooFewBeams:
      "Fewer different texts can be written than are asked for: ask for fewer, or for longer ones, or allow more tokens."
    }
  }
}
