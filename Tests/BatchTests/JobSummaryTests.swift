import Engine
import System
import Testing

@testable import Batch

@Suite struct JobSummaryTests {
  private var summary: JobSummary {
    var statistics = RunStatistics()
    statistics.prefillTime = .milliseconds(250)
    statistics.decodeTime = .seconds(2)
    return JobSummary(
      items: 1, errors: 0, earlierItems: 0, earlierErrors: 0, newTokens: 400, time: .milliseconds(2500),
      statistics: statistics, interruption: nil, results: "out", loadTime: .seconds(123))
  }

  @Test func tellsWhatWasDone() {
    #expect(
      summary.text
        == "1 item, 0 errors; 400 tokens in 2.5 s (160 tokens/s). "
        + "Time: loading 123 s, prefill 0.3 s, decode 2.0 s, waiting 0.0 s.")
    var resumed = summary
    (resumed.items, resumed.errors, resumed.earlierItems, resumed.earlierErrors) = (2, 1, 3, 1)
    #expect(resumed.text.hasPrefix("2 items, 1 error; 400 tokens"))
    #expect(resumed.text.contains("; 3 items done before, 1 error among them."))
    resumed.cappedItems = 1
    #expect(resumed.text.contains("among them; 1 item had room for fewer new tokens than asked for."))
    #expect(resumed.errorsInAll == 2 && resumed.interruptionNotice == nil)
  }

  @Test func tellsHowToGoOn() {
    var interrupted = summary
    interrupted.interruption = JobInterrupted(signal: 2)
    #expect(interrupted.interruptionNotice?.contains("out. The same command with --resume") == true)
    interrupted.results = nil
    #expect(interrupted.interruptionNotice?.contains("--out FILE") == true)
  }

  @Test func progressFitsOnALine() {
    var progress = JobProgress(done: 5, total: nil, errors: 0, tokensPerSecond: 12.34, remaining: nil)
    #expect(progress.text == "5 items, 12.3 tokens/s")
    progress = JobProgress(
      done: 1_234_567, total: 10_000_000, errors: 123_456, tokensPerSecond: 123_456, remaining: .seconds(100_000))
    #expect(
      progress.text == "1234567 of 10000000 (12 %), 123456 errors, 123456 tokens/s, 27 h 47 min left")
    #expect(progress.text.count < 80)
    progress = JobProgress(done: 0, total: 1, errors: 0, tokensPerSecond: 1790, remaining: .seconds(12))
    (progress.texts, progress.parts) = (97, 0.2425)
    #expect(progress.text == "0 of 1 (24 %), 97 texts, 1790 tokens/s, 12 s left")
    progress = JobProgress(done: 5, total: 250, isEstimate: true, errors: 0, tokensPerSecond: 9, remaining: nil)
    #expect(progress.text == "5 of about 250 (2 %), 9.0 tokens/s")
    #expect(Duration.seconds(99).remaining == "99 s" && Duration.seconds(100).remaining == "2 min")
  }
}
