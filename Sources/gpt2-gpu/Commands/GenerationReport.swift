internal import Backend
internal import Engine
import GPT2
import JSON
import Tokenizer

/// The output of `generate --format json`. Members may be added, and are never renamed.
struct GenerationReport {
  let model: LoadedModel
  let prompt: Prompt
  let settings: GenerationSettings
  let generation: Generation
  let loadTime: Duration
  let totalTime: Duration

  var json: JSON {
    [
      "model": .string(model.pretrained.name),
      "adapter": model.pretrained.adapterName,
      "device": ["id": .string(model.device.id), "name": .string(model.device.name)],
      "precision": .string(model.precision.rawValue),
      "config": settings.json,
      "prompt": .string(promptText),
      "prompt_tokens": JSON(generation.promptTokens),
      "sequences": .array(generation.texts.map(sequence)),
      "timings": timings,
    ]
  }

  private var promptText: String {
    switch prompt {
    case .text(let text): text
    case .tokens(let ids): model.pretrained.tokenizer?.decode(ids) ?? ""
    }
  }

  private func sequence(_ text: Continuation) -> JSON {
    var members = [
      JSON.Member("text", .string(text.text)),
      JSON.Member("tokens", JSON(text.tokens)),
    ]
    if !text.logProbabilities.isEmpty {
      members.append(JSON.Member("logprobs", .array(text.logProbabilities.map { .number($0) })))
    }
    members.append(JSON.Member("finish_reason", text.finishReason.map { .string($0.rawValue) } ?? .null))
    members.append(JSON.Member("seed", JSON(settings.seed)))
    return .object(members)
  }

  private var timings: JSON {
    [
      "load_s": JSON(loadTime),
      "compile_s": JSON(model.compileTime),
      "prefill_s": JSON(generation.prefillTime),
      "decode_s": JSON(generation.decodeTime),
      "total_s": JSON(totalTime),
      "prompt_tokens": .integer(generation.promptTokens.count),
      "new_tokens": .integer(generation.newTokenCount),
      "decode_tokens_per_s": generation.decodeTokensPerSecond.map { .number($0) } ?? .null,
    ]
  }
}

extension GenerationSettings {
  /// The settings by their names.
  var json: JSON {
    .object(
      [JSON.Member("preset", .string(preset.rawValue))] + table.map { JSON.Member($0.setting.rawValue, $0.value) })
  }

  /// The settings and where each comes from, and the adapter that is merged into the model.
  func report(as format: OutputFormat, adapter: MergedAdapter?) -> String {
    switch format {
    case .text:
      var rows = Table()
      rows.append("preset", preset.rawValue)
      if let adapter { rows.append("adapter", adapter.description) }
      for row in table { rows.append(row.setting.rawValue, row.value.text, row.source.description) }
      return rows.text
    case .json:
      let rows = table.map { row in
        JSON.Member(row.setting.rawValue, ["value": row.value, "source": .string(row.source.description)])
      }
      let report: JSON = [
        "preset": .string(preset.rawValue), "adapter": adapter.map { .string($0.name) } ?? .null,
        "settings": .object(rows),
      ]
      return report.text + "\n"
    }
  }
}

extension PretrainedModel {
  /// The adapter that is merged into the weights, as the output of commands names it.
  var adapterName: JSON { checkpoint.adapter.map { .string($0.name) } ?? .null }
}

extension JSON {
  /// A list of token ids.
  init(_ ids: [TokenID]) { self = .array(ids.map { .integer(Int($0)) }) }

  /// A time in seconds.
  init(_ duration: Duration) { self = .number(duration / .seconds(1)) }
}
