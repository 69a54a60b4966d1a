internal import System

extension ServerMetrics {
  /// What is known of the model and its queue when somebody asks.
  struct Gauges {
    var model = ""
    var requestsRunning = 0
    var requestsWaiting = 0
    /// The labels of the info metric.
    var info: [(name: String, value: String)] = []
  }

  /// The metrics in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
  func text(_ gauges: Gauges) -> String {
    let counts = read()
    let model = Self.labels([("model", gauges.model)])
    var writer = MetricsWriter()
    writer.write("info", .gauge, "What runs here.", [(Self.labels(gauges.info), 1)])
    writer.write("requests_running", .gauge, "Requests that are computed.", [(model, gauges.requestsRunning)])
    writer.write("requests_waiting", .gauge, "Requests that wait for their start.", [(model, gauges.requestsWaiting)])
    // Nothing counts the steps that do not happen.
    let isIdle = gauges.requestsRunning == 0
    writer.write(
      "rows_running", .gauge, "Texts that the last step added a token to.", [(model, isIdle ? 0 : counts.rowsRunning)])
    writer.write(
      "kv_pages_used", .gauge, "Pages of the key-value cache that are in use.",
      [(model, isIdle ? 0 : counts.pages.used)])
    writer.write("kv_pages", .gauge, "All its pages, once a step has run.", [(model, counts.pages.all)])
    writer.write(
      "requests", .counter, "Answers, by route and status.",
      counts.requests.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }.map { request, count in
        (model + "," + Self.labels([("route", request.route), ("code", String(request.status))]), count)
      })
    writer.write(
      "completions", .counter, "Texts, by how they ended.",
      counts.completions.sorted { $0.key < $1.key }.map { (model + "," + Self.labels([("finish_reason", $0)]), $1) })
    writer.write(
      "rejected", .counter, "Requests that were refused, by the error's code.",
      counts.rejected.sorted { $0.key < $1.key }.map { (model + "," + Self.labels([("reason", $0)]), $1) })
    writer.write("prompt_tokens", .counter, "Tokens of prompts that were computed.", [(model, counts.promptTokens)])
    writer.write("generated_tokens", .counter, "Tokens that were chosen.", [(model, counts.generatedTokens)])
    for (name, help, histogram) in [
      ("queue_seconds", "From a request's arrival to its start.", counts.queueTime),
      ("prefill_seconds", "From a request's start to its first token.", counts.prefillTime),
      ("time_to_first_token_seconds", "From a request's arrival to its first token.", counts.timeToFirstToken),
      ("time_per_token_seconds", "Between the tokens of a text, on average.", counts.timePerToken),
      ("step_seconds", "A step of the engine.", counts.stepTime),
      ("request_seconds", "From a request's arrival to the end of its answer.", counts.requestTime),
      // Prometheus would take 'prompt_tokens' for the name of the counter above, too.
      ("prompt_tokens_per_prompt", "Tokens of a prompt.", counts.promptLengths),
      ("generated_tokens_per_text", "Tokens of a text.", counts.generatedLengths),
    ] {
      writer.write(name, help, histogram, model)
    }
    writer.write("connections_open", .gauge, "Open connections.", [(model, connections.value)])
    return writer.text + ProcessMetrics().text
  }

  /// Labels of a sample, with what must not stand in them as it is.
  private static func labels(_ labels: [(name: String, value: String)]) -> String {
    labels.map { name, value in
      let escaped = value.map { character in
        switch character {
        case "\\": "\\\\"
        case "\"": "\\\""
        case "\n": "\\n"
        default: String(character)
        }
      }.joined()
      return "\(name)=\"\(escaped)\""
    }.joined(separator: ",")
  }
}

/// Writes metrics of the program's own.
private struct MetricsWriter {
  enum Kind: String { case counter, gauge, histogram }

  private(set) var text = ""

  mutating func write(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: String, value: Int)]) {
    let name = "gpt2_gpu_" + name + (kind == .counter ? "_total" : "")
    head(name, kind, help)
    for (labels, value) in samples { text += "\(name){\(labels)} \(value)\n" }
  }

  mutating func write(_ name: String, _ help: String, _ histogram: Histogram, _ labels: String) {
    let name = "gpt2_gpu_" + name
    head(name, .histogram, help)
    text += histogram.samples(name, labels)
  }

  private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }
}
