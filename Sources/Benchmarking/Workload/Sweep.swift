package import Backend
package import OpenCLBackend
package import Sampling
package import GPT2

/// The combinations that a benchmark runs: every one of these.
package struct Sweep: Sendable {
  /// Where to compute.
  package var devices: [ComputeDevice]
  /// How to store weights; nil is a device's usual way.
  package var precisions: [Precision?] = [nil]
  /// Sequences decoded together.
  package var batches = [1]
  /// Tokens of the prompts.
  package var promptTokens = [TokenRange(32...32)]
  /// Tokens written after them.
  package var newTokens = [TokenRange(128...128)]
  /// Sequences in all; as many as are decoded together where nil.
  package var items: Int?
  /// Measurements of each combination.
  package var repeats = 5
  /// Runs before the first measurement.
  package var warmUps = 1
  /// Which kernels to run; those made for the device's type where nil.
  package var family: KernelFamily?
  /// How tokens are chosen.
  package var sampling = SamplingParameters()
  /// The key of the prompts and of the random numbers.
  package var seed: UInt64 = 0
  /// Whether the kernels are timed, in a run of its own.
  package var profiles = false

  /// A sweep over devices; the rest is one sequence of 32 + 128 tokens until set.
  package init(devices: [ComputeDevice]) { self.devices = devices }

  /// The workloads of one device and precision, in the order of the lists: batches innermost.
  package var workloads: [Workload] {
    promptTokens.flatMap { prompt in
      newTokens.flatMap { new in
        batches.map { Workload(batch: $0, promptTokens: prompt, newTokens: new, items: max(items ?? $0, 1)) }
      }
    }
  }

  /// Makes the checks that need no weights.
  ///
  /// - Throws: ``SweepError`` where not one combination is possible.
  package func validate(contextLength: Int) throws(SweepError) {
    for (name, values) in [("--batch", batches), ("--items", items.map { [$0] } ?? []), ("--repeat", [repeats])] {
      if let value = values.first(where: { $0 < 1 }) {
        throw SweepError("\(name) is \(value), and must be at least 1.")
      }
    }
    if warmUps < 0 { throw SweepError("--warm-up is \(warmUps), and cannot be negative.") }
    guard let shortest = workloads.map(\.longest).min() else { throw SweepError("The sweep is empty.") }
    if shortest > contextLength {
      throw SweepError(
        "The shortest sequence of the sweep has \(shortest) tokens of prompt and text, but the model's context holds "
          + "\(contextLength): lower --prompt-tokens or --new-tokens.")
    }
  }
}

/// A sweep or a comparison cannot be done as asked.
package struct SweepError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  package let description: String

  package init(_ description: String) { self.description = description }
}
