/// Rates side by side, each with its name above its bar, so that long names fit narrow pages.
struct BarChart: Chart {
  /// One bar.
  struct Bar {
    let name: String
    let sample: Sample
    /// The place of its colour.
    let series: Int
  }

  let title: String
  let explanation: String
  let unit: String
  let bars: [Bar]

  var legend: [String] { [] }

  func draw(width: Double) -> SVG {
    let step = 42.0
    var svg = SVG(width: width, height: step * Double(bars.count))
    let largest = bars.map(\.sample.maximum).max() ?? 1
    let room = width - 2
    for (index, bar) in bars.enumerated() {
      let y = step * Double(index)
      let length = room * bar.sample.median / largest
      let value = "\(bar.sample.median.tick3) \(unit)"
      let most = Int((width - Double(value.count) * 7.4 - 12) / 7.2)
      let name = bar.name.count > most ? String(bar.name.prefix(max(most - 1, 4))) + "…" : bar.name
      svg.text(name, at: (0, y + 14))
      svg.text(value, at: (width - 2, y + 14), .end, "value")
      svg.rectangle(x: 0, y: y + 20, width: room, height: 13, "track")
      svg.rectangle(
        x: 0, y: y + 20, width: length, height: 13, "b c\(bar.series % 8)",
        "\(bar.name): \(RowCells.rate(bar.sample)) \(unit)")
      let (low, high) = (room * bar.sample.minimum / largest, room * bar.sample.maximum / largest)
      if high - low > 2 { svg.line((low, y + 26.5), (high, y + 26.5), "w whisker") }
    }
    return svg
  }
}
