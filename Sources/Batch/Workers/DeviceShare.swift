internal import System
package import Engine

/// A device's share of a job that several worked on.
package struct DeviceShare: Sendable {
  /// The device, for people.
  package var name: String
  /// Items that it wrote a line for.
  package var items: Int
  /// Tokens that it chose, those of unfinished items among them.
  package var newTokens: Int
  /// Its times; nil where it did not come to the end.
  package var statistics: RunStatistics?

  /// Its share, as a part of a sentence.
  var text: String {
    var text = "\(name) \(items.counted("item")), \(newTokens.counted("token"))"
    if let statistics { text += ", " + statistics.text }
    return text
  }
}

extension RunStatistics {
  /// The times, as a part of a sentence.
  var text: String {
    let times = "prefill \(prefillTime.seconds), decode \(decodeTime.seconds), waiting \(waitTime.seconds)"
    return guesses.checked == 0 ? times : times + "; \(guesses.right) of \(guesses.checked) guessed tokens right"
  }
}
