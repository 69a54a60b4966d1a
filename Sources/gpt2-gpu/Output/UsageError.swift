/// A request that a command cannot fulfil, though each option alone is valid.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
