internal import System

/// Operations a second over operations a byte, under the device's limits (Williams et al. 2009).
struct RooflineChart: Chart {
  /// One phase of one row.
  struct Point {
    /// Its name, for the tooltip.
    let name: String
    let operationsPerByte: Double
    let operationsPerSecond: Double
    let series: Int
    let isPrefill: Bool
  }

  let title: String
  let explanation: String
  let legend: [String]
  let limits: DeviceLimits
  let points: [Point]

  func draw(width: Double) -> SVG {
    var svg = SVG(width: width, height: 340)
    let ridge = limits.operationsPerSecond / limits.readBytesPerSecond
    let x = Axis.decades(points.map(\.operationsPerByte) + [ridge / 4, ridge * 4])
    let y = Axis.decades(
      points.map { $0.operationsPerSecond / 1e9 } + [limits.operationsPerSecond / 1e9 * 1.2])
    let plot = Plot(svg, x: x, y: y)
    plot.frame(&svg, xName: "FLOP per byte", yName: "GFLOP/s")

    let (read, peak) = (limits.readBytesPerSecond / 1e9, limits.operationsPerSecond / 1e9)
    let start = max(x.lower, y.lower / read)
    svg.polyline(
      [
        plot.point(start, max(start * read, y.lower)), plot.point(ridge, peak), plot.point(x.upper, peak),
      ], "roof")
    var labels = LabelPlaces()
    for point in points { labels.block(plot.point(point.operationsPerByte, point.operationsPerSecond / 1e9)) }
    let (text, roof) = ("\(peak.tick3) GFLOP/s fma", plot.point(ridge, peak))
    let half = Double(text.count) * 3.6 + 4
    let places = [-7.0, -24, -41].flatMap { rise in
      stride(from: plot.right - half, through: roof.x + half, by: -half).map { (x: $0, y: roof.y + rise) }
    }
    let place = places.first { labels.place(text, middle: $0.x, baseline: $0.y) } ?? (plot.right - half, roof.y - 7)
    svg.text(text, at: place, .middle, "value")
    // Above the slope's middle, where no point can lie.
    let middle = ((start * read).squareRoot() * peak.squareRoot(), (start * ridge).squareRoot())
    let slope = plot.point(middle.1, middle.0)
    svg.text("\(read.tick3) GB/s read", at: (max(slope.x - 8, plot.left + 100), slope.y - 8), .end, "value")
    for point in points {
      svg.mark(
        point.series, at: plot.point(point.operationsPerByte, point.operationsPerSecond / 1e9),
        isHollow: point.isPrefill,
        "\(point.name): \((point.operationsPerSecond / 1e9).short) GFLOP/s at \(point.operationsPerByte.short) FLOP a byte"
      )
    }
    return svg
  }
}
