/// Classifier-free guidance (Sanchez et al., "Stay on topic with Classifier-Free Guidance", 2023): a token's score goes from
/// its log-probability after another prompt towards that after the prompt, and beyond.
///
/// Each text takes the place of two, since the other prompt's sequence runs beside it.
public struct Guidance: Sendable, Hashable {
  /// How far: 0 is the other prompt's score, 1 the prompt's own.
  public var scale: Double
  /// The other prompt, at least one token; what is written follows it, too.
  public var prompt: [Int32]

  /// Makes guidance by a prompt that is not to be followed.
  public init(scale: Double, prompt: [Int32]) {
    self.scale = scale
    self.prompt = prompt
  }
}
