internal import System

/// Rates over a number that was swept, a line for each series.
struct LineChart: Chart {
  /// One line.
  struct Series {
    let name: String
    /// The swept numbers, and the rates there.
    let points: [(x: Double, sample: Sample)]
  }

  let title: String
  let explanation: String
  let xName: String
  let yName: String
  let series: [Series]

  var legend: [String] { series.count > 1 ? series.map(\.name) : [] }

  func draw(width: Double) -> SVG {
    var svg = SVG(width: width, height: 300)
    let points = series.flatMap(\.points)
    let plot = Plot(
      svg, x: .values(points.map(\.x)), y: .fromZero(to: points.map(\.sample.maximum).max() ?? 1))
    plot.frame(&svg, xName: xName, yName: yName)
    var labels = LabelPlaces()
    for line in series { for point in line.points { labels.block(plot.point(point.x, point.sample.median)) } }
    for (index, line) in series.enumerated() {
      svg.polyline(line.points.map { plot.point($0.x, $0.sample.median) }, "l c\(index % 8)")
      for point in line.points {
        let (low, high) = (plot.point(point.x, point.sample.minimum), plot.point(point.x, point.sample.maximum))
        if low.y - high.y > 2 { svg.line(low, high, "w c\(index % 8)") }
      }
    }
    for (index, line) in series.enumerated() {
      for point in line.points {
        let place = plot.point(point.x, point.sample.median)
        let text = point.sample.median.tick3
        svg.mark(
          index, at: place, "\(line.name), \(point.x.tick): \(RowCells.rate(point.sample)) \(yName)")
        for baseline in [place.y - 10, place.y + 20]
        where baseline > plot.top && baseline < plot.bottom - 2
          && labels.place(text, middle: place.x, baseline: baseline)
        {
          svg.text(text, at: (min(place.x, plot.right - 14), baseline), .middle, "value")
          break
        }
      }
    }
    return svg
  }
}

extension Double {
  /// About three digits, in groups.
  var tick3: String { (magnitude >= 1e5 ? (self / 1e3).short.grouped + "k" : short.grouped) }
}
