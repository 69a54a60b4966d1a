/// A request that a command cannot fulfil, though each option alone is valid.
package struct UsageError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
