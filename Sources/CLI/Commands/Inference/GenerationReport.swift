internal import Backend
internal import Engine
internal import OpenCL
internal import System
import Checkpoint
import GPT2
import JSON
import Tokenizer

/// The output of `generate --format json`. Members may be added, and are never renamed.
struct GenerationReport: Sendable {
  let model: PretrainedModel
  let device: ComputeDevice
  let precision: Precision
  let prompt: Prompt
  /// With the prefix.
  let promptTokens: [TokenID]
  let settings: GenerationSettings
  let start: ContinuousClock.Instant
  let loadTime: Duration

  /// The document.
  ///
  /// - Parameter samples: Which of the texts have ended, where a signal left the others out.
  func json(_ generation: Generation, samples: [Int]? = nil) -> JSON {
    var members = JSON.members(of: model, on: device, in: precision)
    members += [
      JSON.Member("config", settings.json),
      JSON.Member("prompt", .string(promptText)),
      JSON.Member("prompt_tokens", JSON(promptTokens)),
    ]
    // A signal may come before the scores are handed over: none are better than too few.
    if settings.echo, generation.promptScores.count == promptTokens.count - 1 {
      members += JSON.promptMembers(generation.promptScores, wantsTop: settings.topLogProbabilities > 0)
    }
    members += [
      JSON.Member(
        "sequences",
        .array(generation.texts.enumerated().map { number, text in sequence(text, sample: samples?[number]) })),
      JSON.Member("timings", timings(of: generation)),
    ]
    if samples != nil { members.append(JSON.Member("interrupted", .boolean(true))) }
    return .object(members)
  }

  private var promptText: String {
    switch prompt {
    case .text(let text): text
    case .tokens(let ids): model.tokenizer?.decode(ids) ?? ""
    }
  }

  private func sequence(_ text: Continuation, sample: Int?) -> JSON {
    var members = sample.map { [JSON.Member("index", .integer($0))] } ?? []
    members += [
      JSON.Member("text", .string(text.text)),
      JSON.Member("tokens", JSON(text.tokens)),
    ]
    if !text.logProbabilities.isEmpty {
      members.append(JSON.Member("logprobs", .array(text.logProbabilities.map { .number($0) })))
    }
    if settings.topLogProbabilities > 0 {
      members.append(JSON.Member("top_logprobs", .array(text.top.map { JSON($0) })))
    }
    if let score = text.beamScore { members.append(JSON.Member("score", .number(score))) }
    members.append(JSON.Member("finish_reason", text.finishReason.map { .string($0.rawValue) } ?? .null))
    members.append(JSON.Member("seed", JSON(settings.seed)))
    return .object(members)
  }

  private func timings(of generation: Generation) -> JSON {
    [
      "load_s": JSON(loadTime),
      "compile_s": JSON(Compilation.time),
      "prefill_s": JSON(generation.prefillTime),
      "decode_s": JSON(generation.decodeTime),
      "total_s": JSON(ContinuousClock.now - start),
      "prompt_tokens": .integer(generation.promptTokens.count),
      "new_tokens": .integer(generation.newTokenCount),
      "decode_tokens_per_s": generation.decodeTokensPerSecond.map { .number($0) } ?? .null,
      "guessed_tokens": .integer(generation.guesses.checked),
      "right_guesses": .integer(generation.guesses.right),
    ]
  }
}

extension GenerationSettings {
  /// The settings by their names.
  var json: JSON {
    .object(
      [JSON.Member("preset", .string(preset.rawValue))] + table.map { JSON.Member($0.setting.rawValue, $0.value) })
  }

  /// The settings and where each comes from, the model's name and its source, and the adapter that is merged into it.
  func report(as format: OutputFormat, model: (name: String, source: String), adapter: MergedAdapter?) -> String {
    switch format {
    case .text:
      var rows = Table()
      rows.append("model", model.name, model.source)
      rows.append("preset", preset.rawValue)
      if let adapter { rows.append("adapter", adapter.description) }
      for row in table {
        let isDrawn = row.setting == .seed && !row.source.isAsked
        rows.append(row.setting.rawValue, isDrawn ? "drawn anew" : row.value.text, row.source.text(.flags))
      }
      return rows.text
    case .json:
      let rows = table.map { row in
        JSON.Member(row.setting.rawValue, ["value": row.value, "source": .string(row.source.text(.flags))])
      }
      let report: JSON = [
        "model": ["value": .string(model.name), "source": .string(model.source)],
        "model_revision": JSON(revisionOf: model.name),
        "preset": .string(preset.rawValue), "adapter": adapter.map { .string($0.name) } ?? .null,
        "settings": .object(rows),
      ]
      return report.text + "\n"
    }
  }
}

extension PretrainedModel {
  /// The commit of a model from the Hub, as the output of commands names it; null for others.
  var revision: JSON { JSON(revisionOf: name) }

  /// The adapter that is merged into the weights, as the output of commands names it.
  var adapterName: JSON { checkpoint.adapter.map { .string($0.name) } ?? .null }
}

extension JSON {
  /// What computed: the first members of the output of commands.
  static func members(of model: PretrainedModel, on device: ComputeDevice, in precision: Precision) -> [Member] {
    [
      Member("model", .string(model.name)), Member("model_revision", model.revision),
      Member("adapter", model.adapterName),
      Member("device", ["id": .string(device.id), "name": .string(device.name)]),
      Member("precision", .string(precision.rawValue)),
    ]
  }

  /// The commit of a model from the Hub, by the name that its files have; null for others.
  init(revisionOf model: String) { self = HubCache.Repository.commit(ofSnapshot: model).map { .string($0) } ?? .null }

  /// A list of token ids.
  init(_ ids: [TokenID]) { self = .array(ids.map { .integer(Int($0)) }) }

  /// A time in seconds.
  init(_ duration: Duration) { self = .number(duration / .seconds(1)) }
}

extension Generation {
  /// How long it took, as a sentence.
  var timings: String {
    let seconds = (prefill: prefillTime / .seconds(1), decode: decodeTime / .seconds(1))
    let rate = decodeTokensPerSecond.map { " (\($0.fixed(1)) tokens/s)" } ?? ""
    let guessed =
      guesses.checked > 0 ? " Of \(guesses.checked) tokens that were guessed, \(guesses.right) were right." : ""
    return "The prompt of \(promptTokens.count) tokens took \(seconds.prefill.fixed(2)) s, \(newTokenCount) new tokens "
      + "\(seconds.decode.fixed(2)) s\(rate).\(guessed)"
  }
}
