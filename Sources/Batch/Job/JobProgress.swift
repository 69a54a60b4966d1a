internal import Synchronization
internal import System

/// How far a job is.
package struct JobProgress: Sendable {
  /// Items of this part of the job that have a line, those of earlier runs among them.
  package var done: Int
  /// Items of this part; nil where that is not known.
  package var total: Int?
  /// Whether ``total`` is an estimate: which lines belong to a part shows when they are read.
  package var isEstimate = false
  /// Items with an error.
  package var errors: Int
  /// Finished texts of items that have several; and how many items those of unfinished ones make up.
  package var texts = 0
  package var parts = 0.0
  /// Tokens chosen in a second.
  package var tokensPerSecond: Double
  /// How long the rest will take; nil where that is not known.
  package var remaining: Duration?

  /// One line for a person, of fewer than 80 columns.
  package var text: String {
    var parts: [String] = []
    if let total {
      let share = total > 0 ? min(100, Int(100 * (Double(done) + self.parts) / Double(total))) : 100
      parts.append("\(done) of \(isEstimate ? "about " : "")\(total) (\(share) %)")
    } else {
      parts.append(done.counted("item"))
    }
    if texts > 0 { parts.append(texts.counted("text")) }
    if errors > 0 { parts.append(errors.counted("error")) }
    parts.append("\(tokensPerSecond.rounded1) tokens/s")
    if let remaining { parts.append("\(remaining.remaining) left") }
    return parts.joined(separator: ", ")
  }
}

/// Measures a run while it goes on.
struct ProgressMeter {
  private let start = ContinuousClock.now
  private let counts: ItemReader.Counts
  private let lines: LineCount?
  private let shard: Shard
  /// Items that earlier runs completed.
  private let earlier: Int
  private var last = ContinuousClock.now

  /// How often there is something new to see.
  private static let period = Duration.milliseconds(200)

  init(input: JobInput, _ counts: ItemReader.Counts, _ shard: Shard, earlier: Int, isWatched: Bool) {
    self.counts = counts
    self.shard = shard
    self.earlier = earlier
    lines = isWatched ? input.file.map { LineCount($0.path) } : nil
  }

  /// The time since the start.
  var time: Duration { ContinuousClock.now - start }

  /// How far the job is, where it is time to say so.
  mutating func progress(_ sink: ResultSink, _ pool: WorkerPool) -> JobProgress? {
    let now = ContinuousClock.now
    guard now - last >= Self.period else { return nil }
    last = now
    let (written, texts) = (sink.counts, pool.texts)
    let total = total
    // What earlier runs did, and lines of other parts, took no time now.
    let (done, passed) = (earlier + written.items, Double(written.items) + texts.parts)
    let rest = total.map { max(0, Double($0.count - done) - texts.parts) }
    let remaining = rest.flatMap { passed > 0 ? (now - start) * ($0 / passed) : nil }
    return JobProgress(
      done: total.map { min(done, $0.count) } ?? done, total: total?.count, isEstimate: total?.isEstimate ?? false,
      errors: written.errors, texts: texts.finished, parts: texts.parts,
      tokensPerSecond: Double(pool.newTokens) / ((now - start) / .seconds(1)), remaining: remaining)
  }

  /// The items of this part, as far as they are known: of the lines that are not read yet, each part has as many.
  private var total: (count: Int, isEstimate: Bool)? {
    guard let lines = lines?.count else { return nil }
    let read = counts.lines.load(ordering: .relaxed)
    let unread = max(0, lines - read)
    let own = read - counts.others.load(ordering: .relaxed)
    return (max(own, 0) + unread / shard.count, shard.count > 1 && unread > 0)
  }

  func stop() { lines?.stop() }
}
