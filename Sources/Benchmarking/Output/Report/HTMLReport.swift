internal import System
internal import OpenCLBackend
import Checkpoint
import GPT2

/// A benchmark as one page: self-contained, without scripts.
package struct HTMLReport {
  let report: BenchReport

  /// The page of a report.
  package init(_ report: BenchReport) { self.report = report }

  /// The document.
  package var text: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>gpt2-gpu bench: \(report.modelName.escaped)</title>
    <style>
    \(ReportStyle.text)
    </style>
    </head>
    <body>
    \(heading)
    \(section("Speed", charts(lineCharts) + charts(barCharts, "thirds")))
    \(section("How far from the device's limits", charts(rooflines)))
    \(section("All measurements", table))
    \(section("Time by kernel", profiles))
    \(section("How it was measured", method))
    </body>
    </html>

    """
  }

  private func section(_ title: String, _ content: String) -> String {
    content.isEmpty ? "" : "<section><h2>\(title)</h2>\n\(content)</section>"
  }

  /// Charts in two columns, where the page is wide: the last of an odd number has both.
  private func charts(_ charts: [any Chart], _ style: String = "halves") -> String {
    if charts.isEmpty { return "" }
    let figures = charts.enumerated().map { index, chart in
      chart.html(isLone: style == "halves" && index == charts.count - 1 && index % 2 == 0)
    }
    return "<div class=\"charts \(style)\">\(figures.joined(separator: "\n"))</div>\n"
  }

  // MARK: The top

  private var heading: String {
    let configuration = report.configuration
    let model =
      "\(report.modelName)\(report.isMadeUp ? ", made-up weights" : ""): "
      + "\(String(configuration.parameterCount).grouped) parameters, \(configuration.layerCount) layers of "
      + "\(configuration.embeddingSize) channels, vocabulary \(String(configuration.vocabularySize).grouped)"
    let machine =
      "\(report.machine.processor), \(report.machine.cores) cores, \(report.machine.memoryText). "
      + "gpt2-gpu \(report.version), \(report.started)."
    return """
      <header><h1>gpt2-gpu bench</h1>
      <p>\(model.escaped)</p>
      <p class="soft">\(machine.escaped)\(report.isInterrupted ? " Stopped before its end." : "")</p>
      \(deviceNames)
      <div class="cards">\(cards)</div></header>
      """
  }

  /// What the numbers of several devices stand for: elsewhere they are named by these alone.
  private var deviceNames: String {
    if report.devices.count < 2 { return "" }
    let names = report.devices.map { "<li><b>device \($0.id)</b> \($0.name.escaped)</li>" }
    return "<ul class=\"names\">\(names.joined())</ul>"
  }

  /// The numbers that people ask for first.
  private var cards: String {
    let measured = report.rows.compactMap { row in row.measurement.map { (row, $0) } }
    var cards: [(value: String, unit: String, what: String, row: BenchRow)] = []
    if let (row, best) = measured.max(by: {
      ($0.1.decode?.tokensPerSecond.median ?? 0) < ($1.1.decode?.tokensPerSecond.median ?? 0)
    }),
      let decode = best.decode
    {
      cards.append((decode.tokensPerSecond.median.tick3, "tokens/s", "highest decode rate", row))
    }
    let alone = measured.filter { $0.0.workload.batch == 1 && $0.1.decode != nil }
    if let (row, best) = alone.max(by: {
      ($0.1.decode?.tokensPerSecond.median ?? 0) < ($1.1.decode?.tokensPerSecond.median ?? 0)
    }),
      let decode = best.decode
    {
      cards.append((decode.tokensPerSecond.median.tick3, "tokens/s", "highest for one sequence", row))
    }
    if let (row, best) = measured.max(by: { $0.1.prefill.tokensPerSecond.median < $1.1.prefill.tokensPerSecond.median })
    {
      cards.append((best.prefill.tokensPerSecond.median.tick3, "tokens/s", "highest prefill rate", row))
    }
    if let (row, best) = measured.min(by: { $0.1.firstToken.median < $1.1.firstToken.median }) {
      cards.append(((best.firstToken.median * 1000).short, "ms", "shortest time to the first token", row))
    }
    return cards.map { card in
      "<div><b>\(card.value.escaped) <small>\(card.unit)</small></b>\(card.what)<br>"
        + "<span>\(name(of: card.row).escaped)</span></div>"
    }
    .joined()
  }

  /// A row in words.
  private func name(of row: BenchRow) -> String {
    "\(report.devices.count > 1 ? "device \(row.device), " : "")\(row.precision), batch \(row.workload.batch), "
      + "\(row.workload.promptTokens) + \(row.workload.newTokens) tokens"
  }

  // MARK: The table

  private var table: String {
    let rows = report.rows.map { ($0, RowCells($0, report.limits(of: $0))) }
    let columns = RowCells.columns
    // Columns without a number in any row say nothing.
    let isRagged = report.rows.contains { $0.workload.items != $0.workload.batch }
    let kept = columns.indices.filter { column in
      if columns[column].heading == "items" { return isRagged }
      return column < 6 || rows.contains { $0.1.note == nil && $0.1.cells[column] != "-" }
    }
    let head = kept.map { "<th\(columns[$0].isNumber ? " class=\"n\"" : "")>\(columns[$0].heading)</th>" }.joined()
    let body = rows.map { _, cells -> String in
      let given = kept.filter { $0 < cells.cells.count }
      var line = given.map { column -> String in
        let text = cells.cells[column].escaped
        let isHash = columns[column].heading == "text"
        let style = columns[column].isNumber ? " class=\"n\"" : ""
        let name = " data-name=\"\(columns[column].heading)\""  // for a narrow page, which has no head
        return "<td\(style)\(name)>\(isHash ? "<code>\(text)</code>" : text)</td>"
      }
      .joined()
      if let note = cells.note {
        line += "<td class=\"why\" colspan=\"\(max(1, kept.count - given.count))\">\(note.escaped)</td>"
      }
      return "<tr>\(line)</tr>"
    }
    return """
      <div class="scroll"><table class="rows"><thead><tr>\(head)</tr></thead><tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  private var profiles: String {
    let rows = report.rows.filter { !($0.measurement?.profile.isEmpty ?? true) }
    if rows.isEmpty { return "" }
    var kernels: [String] = []
    for row in rows {
      for (kernel, _) in row.measurement?.profileShares ?? [] where !kernels.contains(kernel.kernel) {
        kernels.append(kernel.kernel)
      }
    }
    let head = rows.map { "<th class=\"n\">\(name(of: $0).escaped)</th>" }.joined()
    let body = kernels.map { kernel -> String in
      let cells = rows.map { row -> String in
        let share = row.measurement?.profileShares.first { $0.kernel.kernel == kernel }?.share
        return "<td class=\"n\">\(RowCells.percent(share))</td>"
      }
      return "<tr><td>\(kernel.escaped)</td>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll"><table><thead><tr><th>kernel</th>\(head)</tr></thead><tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  // MARK: The end

  private var method: String {
    let devices = report.devices.map { device -> String in
      let limits =
        device.limits.map {
          "copies \(RowCells.billions($0.copyBytesPerSecond)) GB/s, reads "
            + "\(RowCells.billions($0.readBytesPerSecond)) GB/s, multiplies and adds "
            + "\(RowCells.billions($0.operationsPerSecond)) GFLOP/s in fp32"
        } ?? "its limits could not be measured"
      return "<li>device \(device.id): \(device.name.escaped), \(device.driver.escaped), \(device.kernels) kernels; "
        + "\(limits).</li>"
    }
    let notes = [
      "Medians of \(report.sweep.repeats) repeats after \(report.sweep.warmUps) to warm up; ± is half of the range from "
        + "the slowest to the fastest. Thin lines in the charts are that range. Tokens: \(report.samplingText).",
      "Prefill counts the prompts' tokens, decode what follows the first token of each text, by the engine's own clock. "
        + "End to end is a run of its own over the tokens written, with tokenizing, sampling, decoding and writing.",
      "Time to the first token is the median over the sequences that start together, end to end. Steps are those that "
        + "only continue texts.",
      "FLOP are 2 × multiply-adds. Bytes are the weights, once a pass, and the keys and values that each row sees. "
        + "Shares are of what the device reached in a read and in fp32 multiply-adds in this run; units for 16 or 8 bits "
        + "can exceed the latter, and models that fit a cache the former.",
      "The text's hash (FNV-1a over the tokens) is the same where the same was written.",
    ]
    return "<ul class=\"plain\">\(devices.joined())\(notes.map { "<li>\($0.escaped)</li>" }.joined())</ul>"
  }
}
