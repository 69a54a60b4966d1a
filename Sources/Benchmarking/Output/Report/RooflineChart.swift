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
  let legend: [String]
  let limits: DeviceLimits
  let points: [Point]

  var explanation: String {
    "Filled marks are decoding, hollow ones prefill. The line is what the device reached: "
      + "\((limits.readBytesPerSecond / 1e9).tick3) GB/s in a read of memory and "
      + "\((limits.operationsPerSecond / 1e9).tick3) GFLOP/s in fp32 multiply-adds."
  }

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
