/// What became of a request.
struct RequestRecord: Sendable {
  /// Its route's path.
  var route = "other"
  var status = 0
  var promptTokens = 0
  var newTokens = 0
  /// How long it waited for its start.
  var queueTime: Duration?
  /// How it ended, where that was not by an answer.
  var end: String?
}
