/// A command ends with an exit code that says more than success, and no error is to blame.
struct CommandEnd: Error, CustomStringConvertible {
  let exitCode: Int32
  /// A note for a person.
  let message: String

  var description: String { message }
}
