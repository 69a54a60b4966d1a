/// A command cannot do what it was asked for, which no option shows by itself.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
