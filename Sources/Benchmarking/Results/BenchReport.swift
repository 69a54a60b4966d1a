internal import Sampling
internal import OpenCL
package import Checkpoint
import GPT2
package import JSON

internal import System

/// All that a benchmark found out.
package struct BenchReport: Sendable {
  /// A device of the sweep.
  package struct DeviceFacts: Sendable {
    package var id: String
    package var name: String
    package var driver: String
    /// The kernels that were run on it.
    package var kernels: String
    /// Its measured limits; nil where they could not be measured.
    package var limits: DeviceLimits?

    /// The driver and the kernels, for people: nothing twice.
    package var parts: [String] {
      (driver == name ? [] : [driver]) + (kernels == "cpu" ? [] : ["\(kernels) kernels"])
    }
  }

  /// The program's version.
  package var version: String
  /// When it began, in UTC.
  package var started: String
  package var machine: HostMachine
  package var modelName: String
  package var configuration: ModelConfiguration
  /// Whether weights are made up.
  package var isMadeUp: Bool
  package var sweep: Sweep
  package var devices: [DeviceFacts] = []
  package var rows: [BenchRow] = []
  /// Whether it was stopped before its end.
  package var isInterrupted = false

  /// The limits of a row's device.
  package func limits(of row: BenchRow) -> DeviceLimits? { devices.first { $0.id == row.device }?.limits }

  /// How tokens were chosen.
  package var samplingText: String {
    let sampling = sweep.sampling
    return sampling.doSample
      ? "temperature \(sampling.temperature), top-k \(sampling.topK), top-p \(sampling.topP)" : "greedy"
  }
}

extension BenchReport {
  /// The format's name and version, which readers compare.
  package static let format = "gpt2-gpu bench 1"

  /// JSON members that all rows share.
  private var facts: [JSON.Member] {
    let model: JSON = [
      "name": .string(modelName), "made_up": .boolean(isMadeUp),
      "revision": HubCache.Repository.commit(ofSnapshot: modelName).map { .string($0) } ?? .null,
      "parameters": .integer(configuration.parameterCount), "n_layer": .integer(configuration.layerCount),
      "n_embd": .integer(configuration.embeddingSize), "n_head": .integer(configuration.headCount),
      "n_positions": .integer(configuration.contextLength), "vocab_size": .integer(configuration.vocabularySize),
    ]
    let sampling: JSON = [
      "do_sample": .boolean(sweep.sampling.doSample), "temperature": .number(sweep.sampling.temperature),
      "top_k": .integer(sweep.sampling.topK), "top_p": .number(sweep.sampling.topP), "seed": JSON(sweep.seed),
    ]
    return [
      JSON.Member("format", .string(Self.format)), JSON.Member("engine", .string("gpt2-gpu \(version)")),
      JSON.Member("started", .string(started)), JSON.Member("machine", machine.json), JSON.Member("model", model),
      JSON.Member("sampling", sampling), JSON.Member("repeats", .integer(sweep.repeats)),
      JSON.Member("warm_ups", .integer(sweep.warmUps)),
    ]
  }

  /// The whole report as one document.
  package var json: JSON {
    let list = devices.map { device -> JSON in
      [
        "id": .string(device.id), "name": .string(device.name), "driver": .string(device.driver),
        "kernels": .string(device.kernels), "limits": device.limits?.json ?? .null,
      ]
    }
    return .object(
      facts + [
        JSON.Member("devices", .array(list)), JSON.Member("interrupted", .boolean(isInterrupted)),
        JSON.Member("rows", .array(rows.map { $0.json(limits(of: $0)) })),
      ])
  }

  /// A row as a document of its own, with the members that all rows share.
  package func line(_ row: BenchRow) -> JSON {
    let device = devices.first { $0.id == row.device }
    return .object(
      facts + [
        JSON.Member("driver", .string(device?.driver ?? "-")), JSON.Member("kernels", .string(device?.kernels ?? "-")),
        JSON.Member("limits", device?.limits?.json ?? .null),
      ] + (row.json(device?.limits).members ?? []))
  }

  /// The time now, in UTC, by ISO 8601.
  static func now() -> String {
    var (seconds, parts) = (time(nil), tm())
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):"
      + "\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }
}
