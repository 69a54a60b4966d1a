/// Why something cannot be had from the Hub, as a sentence for a person.
package struct HubError: Error, Hashable, CustomStringConvertible {
  /// What has to change before it can be.
  package enum Kind: Sendable {
    /// What was asked for, or a setting of the environment.
    case usage
    /// The repository, or the right to read it.
    case repository
    /// Room on the disk.
    case space
    /// The way to the Hub: later it may be open.
    case network
    /// A file that cannot be read or written.
    case file
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    // What a server or a file's name says must not begin a line of its own.
    self.description = String(description.map { $0.isNewline ? " " : $0 })
  }
}
