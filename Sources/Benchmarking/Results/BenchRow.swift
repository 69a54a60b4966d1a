package import OpenCLBackend
internal import GPT2
package import JSON

/// One combination of a sweep, and its outcome.
package struct BenchRow: Sendable {
  /// The numbers of a row.
  package struct Measurement: Sendable {
    /// Prompts; their tokens.
    package var prefill: PhaseResult
    /// The tokens after the first of each sequence; nil where there are none.
    package var decode: PhaseResult?
    /// With tokenizing, sampling, decoding and writing; tokens written.
    package var endToEnd: PhaseResult
    /// Seconds to the first token of the sequences that start together, the median of them; end to end.
    package var firstToken: Sample
    /// Seconds of each step of running sequences only, of all repeats.
    package var steps: [Double]
    /// Bytes of buffers on the device; nil on the host.
    package var deviceMemory: Int?
    /// The most memory of the process while the row ran, in bytes.
    package var hostMemory: Int?
    /// The tokens' hash.
    package var hash: String
    /// Whether every repeat wrote the same.
    package var isReproduced: Bool
    /// The kernels by their time, where asked for.
    package var profile: [KernelProfile.Share]
  }

  /// The outcome of a row.
  package enum Outcome: Sendable {
    case measured(Measurement)
    /// It was clear from the start that it cannot run.
    case skipped(String)
    /// The device, or the model on it, failed.
    case failed(String)
  }

  /// Which of the report's devices.
  package var device: String
  package var deviceName: String
  package var precision: String
  package var workload: Workload
  package var outcome: Outcome
  /// How long kernels were compiled for it, which its numbers do not have in them.
  package var compileTime = Duration.zero

  /// Its numbers, if it was measured.
  package var measurement: Measurement? { if case .measured(let measurement) = outcome { measurement } else { nil } }
}

extension BenchRow.Measurement {
  /// A percentile of the steps' seconds; nil where there are none.
  package func step(_ percent: Double) -> Double? {
    steps.isEmpty ? nil : Sample.percentile(percent, of: steps)
  }

  /// How each kernel shares in the time of all.
  package var profileShares: [(kernel: KernelProfile.Share, share: Double)] {
    let total = Double(max(1, profile.reduce(0) { $0 + $1.nanoseconds }))
    return profile.map { ($0, Double($0.nanoseconds) / total) }
  }
}

extension BenchRow {
  /// The row, with its shares of its device's limits.
  package func json(_ limits: DeviceLimits?) -> JSON {
    var members: [JSON.Member] = [
      JSON.Member("device", .string(device)), JSON.Member("device_name", .string(deviceName)),
      JSON.Member("precision", .string(precision)), JSON.Member("batch", .integer(workload.batch)),
      JSON.Member("prompt_tokens", .string(workload.promptTokens.description)),
      JSON.Member("new_tokens", .string(workload.newTokens.description)),
      JSON.Member("items", .integer(workload.items)),
      JSON.Member("compile_s", .number(compileTime / .seconds(1))),
    ]
    switch outcome {
    case .measured(let measurement):
      members += [JSON.Member("status", .string("measured"))] + measurement.members(limits)
    case .skipped(let reason):
      members += [JSON.Member("status", .string("skipped")), JSON.Member("reason", .string(reason))]
    case .failed(let reason):
      members += [JSON.Member("status", .string("failed")), JSON.Member("reason", .string(reason))]
    }
    return .object(members)
  }
}

extension BenchRow.Measurement {
  fileprivate func members(_ limits: DeviceLimits?) -> [JSON.Member] {
    let steps: JSON = [
      "p50": JSON(step(50)), "p95": JSON(step(95)), "p99": JSON(step(99)), "count": .integer(steps.count),
    ]
    var members = [
      JSON.Member("prefill", prefill.json(limits)), JSON.Member("decode", decode?.json(limits) ?? .null),
      JSON.Member("end_to_end", ["tokens_per_s": endToEnd.tokensPerSecond.json]),
      JSON.Member("time_to_first_token_s", firstToken.json), JSON.Member("step_s", steps),
      JSON.Member("device_memory_bytes", JSON(deviceMemory)), JSON.Member("host_peak_bytes", JSON(hostMemory)),
      JSON.Member("hash", .string(hash)), JSON.Member("reproduced", .boolean(isReproduced)),
    ]
    if !profile.isEmpty {
      let kernels = profileShares.map { kernel, share -> JSON in
        [
          "kernel": .string(kernel.kernel), "share": .number(share),
          "seconds": .number(Double(kernel.nanoseconds) / 1e9),
          "launches": .integer(kernel.launches),
          "flop_per_s": kernel.operations > 0
            ? .number(kernel.operations / Double(max(1, kernel.nanoseconds)) * 1e9) : .null,
        ]
      }
      members.append(JSON.Member("profile", .array(kernels)))
    }
    return members
  }
}
