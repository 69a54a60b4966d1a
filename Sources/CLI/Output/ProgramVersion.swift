/// The program's version.
enum ProgramVersion {
  static let current = "0.1.0"

  /// What the program calls itself to servers.
  static let userAgent = "gpt2-gpu/\(current)"
}
