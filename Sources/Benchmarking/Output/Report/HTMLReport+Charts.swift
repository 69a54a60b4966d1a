import GPT2

extension HTMLReport {
  /// The most charts of a kind.
  private static let mostCharts = 4

  private var measured: [(row: BenchRow, measurement: BenchRow.Measurement)] {
    report.rows.compactMap { row in row.measurement.map { (row, $0) } }
  }

  /// A device and a precision, which share a colour everywhere.
  private struct Kind: Hashable {
    let device: String
    let precision: String

    init(_ row: BenchRow) { (device, precision) = (row.device, row.precision) }
  }

  private var kinds: [Kind] {
    var kinds: [Kind] = []
    for (row, _) in measured where !kinds.contains(Kind(row)) { kinds.append(Kind(row)) }
    return kinds
  }

  private func name(_ kind: Kind) -> String {
    report.devices.count > 1 ? "\(kind.precision), device \(kind.device)" : kind.precision
  }

  /// By batch and by context.
  var lineCharts: [any Chart] {
    Array(batchCharts.prefix(Self.mostCharts)) + contextCharts.prefix(Self.mostCharts)
  }

  private var batchCharts: [any Chart] {
    lengths.compactMap { prompt, new in
      let series = series {
        $0.workload.promptTokens == prompt && $0.workload.newTokens == new
      } x: {
        Double($0.workload.batch)
      } sample: {
        $0.decode?.tokensPerSecond
      }
      return series.isEmpty
        ? nil
        : LineChart(
          title: "Decode rate by batch",
          explanation: "Prompts of \(prompt) tokens, \(new) written. All sequences together.",
          xName: "sequences decoded together", yName: "tokens/s", series: series)
    }
  }

  private var contextCharts: [any Chart] {
    var workloads: [(batch: Int, new: TokenRange)] = []
    for (row, _) in measured where !workloads.contains(where: { $0 == (row.workload.batch, row.workload.newTokens) }) {
      workloads.append((row.workload.batch, row.workload.newTokens))
    }
    return workloads.flatMap { batch, new -> [any Chart] in
      let phases: [(String, String, (BenchRow.Measurement) -> Sample?)] = [
        ("Decode rate by context", "\(new) tokens written", { $0.decode?.tokensPerSecond }),
        ("Prefill rate by context", "tokens of prompts", { $0.prefill.tokensPerSecond }),
      ]
      return phases.compactMap { title, what, sample in
        let series = series {
          $0.workload.batch == batch && $0.workload.newTokens == new
        } x: {
          Double($0.workload.promptTokens.range.lowerBound + $0.workload.promptTokens.range.upperBound) / 2
        } sample: {
          sample($0)
        }
        return series.isEmpty
          ? nil
          : LineChart(
            title: title, explanation: "\(batch == 1 ? "One sequence" : "\(batch) sequences together"), \(what).",
            xName: "tokens of the prompt", yName: "tokens/s", series: series)
      }
    }
  }

  /// Lines of at least two points each, in the colours of their kinds.
  private func series(
    where isWanted: (BenchRow) -> Bool, x: (BenchRow) -> Double, sample: (BenchRow.Measurement) -> Sample?
  ) -> [LineChart.Series] {
    let lines = kinds.map { kind in
      LineChart.Series(
        name: name(kind),
        points: measured.filter { Kind($0.row) == kind && isWanted($0.row) }
          .compactMap { entry in sample(entry.measurement).map { (x(entry.row), $0) } }.sorted { $0.0 < $1.0 })
    }
    return lines.contains { $0.points.count > 1 } ? lines.filter { !$0.points.isEmpty } : []
  }

  private var lengths: [(TokenRange, TokenRange)] {
    var lengths: [(TokenRange, TokenRange)] = []
    for (row, _) in measured
    where !lengths.contains(where: { $0 == (row.workload.promptTokens, row.workload.newTokens) }) {
      lengths.append((row.workload.promptTokens, row.workload.newTokens))
    }
    return lengths
  }

  /// One workload on every device and precision: the one with the largest batch that most of them ran.
  var barCharts: [any Chart] {
    let workloads = report.rows.map(\.workload)
    func count(_ workload: Workload) -> Int { measured.count { $0.row.workload == workload } }
    guard
      let workload = workloads.max(by: {
        (count($0), $0.batch, $0.newTokens.range.upperBound) < (count($1), $1.batch, $1.newTokens.range.upperBound)
      })
    else { return [] }
    let entries = measured.filter { $0.row.workload == workload }
    let phases: [(String, (BenchRow.Measurement) -> Sample?)] = [
      ("Decode", { $0.decode?.tokensPerSecond }), ("Prefill", { $0.prefill.tokensPerSecond }),
      ("End to end", { $0.endToEnd.tokensPerSecond }),
    ]
    return phases.compactMap { phase, sample in
      let bars = entries.compactMap { entry -> BarChart.Bar? in
        guard let sample = sample(entry.measurement) else { return nil }
        let kind = Kind(entry.row)
        return BarChart.Bar(name: name(kind), sample: sample, series: kinds.firstIndex(of: kind) ?? 0)
      }
      return bars.isEmpty
        ? nil
        : BarChart(
          title: "\(phase) by device and precision",
          explanation: "Batch \(workload.batch), prompts of \(workload.promptTokens) tokens, "
            + "\(workload.newTokens) written.",
          unit: "tok/s", bars: bars)
    }
  }

  /// A roofline for each device whose limits are known.
  var rooflines: [any Chart] {
    report.devices.compactMap { device in
      guard let limits = device.limits else { return nil }
      let mine = kinds.filter { $0.device == device.id }
      let points = measured.filter { $0.row.device == device.id }.flatMap { row, measurement in
        [(measurement.decode, false), (measurement.prefill, true)].compactMap { phase, isPrefill in
          point(phase, of: row, isPrefill: isPrefill, series: mine.firstIndex(of: Kind(row)) ?? 0)
        }
      }
      return points.isEmpty
        ? nil
        : RooflineChart(
          title: report.devices.count > 1 ? "Device \(device.id): \(device.name)" : device.name,
          legend: mine.map(\.precision), limits: limits, points: points)
    }
  }

  private func point(
    _ phase: PhaseResult?, of row: BenchRow, isPrefill: Bool, series: Int
  ) -> RooflineChart.Point? {
    guard let bytes = phase?.bytesPerSecond?.median, let operations = phase?.operationsPerSecond?.median, bytes > 0
    else { return nil }
    return RooflineChart.Point(
      name: "\(isPrefill ? "prefill" : "decode"), \(MarkdownTable.name(of: row))",
      operationsPerByte: operations / bytes, operationsPerSecond: operations, series: series, isPrefill: isPrefill)
  }
}
