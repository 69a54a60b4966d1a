internal import System

/// Colours on terminals, where somebody wants them: few, and none that says what words do not.
enum Style: String {
  case bold = "1"
  case red = "31"
  case green = "32"
  case boldRed = "1;31"

  /// The text in this style, where a terminal shows it.
  func callAsFunction(_ text: String, on descriptor: Int32) -> String {
    Terminal.showsColours(descriptor) && !text.isEmpty ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
