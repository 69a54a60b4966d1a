/// A transfer that came to no end.
struct TransferFailure: Error {
  /// What happened, as the end of a sentence.
  let problem: String
  /// Whether a second try may go better.
  let isTemporary: Bool
  /// Whether not even the server's name could be found, which it is no use to try again where nothing ever could.
  var isUnknownHost = false
}

/// Ends work whose result nobody wants any more.
struct Cancelled: Error {}
