/// A picture that can be drawn for a half of a wide page, for all of it, and for a narrow one: text must not shrink.
protocol Chart {
  /// The title above it.
  var title: String { get }
  /// How to read it, below the title.
  var explanation: String { get }
  /// The names of its series, in the order of their colours; empty where it has one.
  var legend: [String] { get }
  /// The drawing.
  func draw(width: Double) -> SVG
}

extension Chart {
  /// The figure, with a drawing for each width; the page's style shows one of them.
  ///
  /// - Parameter isLone: Whether it has a row of a wide page for itself.
  func html(isLone: Bool) -> String {
    let legend = legend.enumerated().map { index, name in
      var key = SVG(width: 14, height: 14)
      key.mark(index, at: (7, 7), "")
      return "<li>\(key.document(""))\(name.escaped)</li>"
    }
    return """
      <figure\(isLone ? " class=\"lone\"" : "")><h3>\(title.escaped)</h3><p>\(explanation.escaped)</p>
      \(isLone ? "<div class=\"full\">\(draw(width: 1180).document(title))</div>" : "")
      <div class="wide">\(draw(width: 620).document(title))</div>
      <div class="narrow">\(draw(width: 360).document(title))</div>
      \(legend.isEmpty ? "" : "<ul class=\"legend\">\(legend.joined())</ul>")</figure>
      """
  }
}

/// The frame of a chart with two axes.
struct Plot {
  let x: Axis
  let y: Axis
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  init(_ svg: SVG, x: Axis, y: Axis) {
    self.x = x
    self.y = y
    (left, right, top, bottom) = (52, svg.width - 14, 28, svg.height - 42)
  }

  func point(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    (left + self.x.place(x) * (right - left), bottom - self.y.place(y) * (bottom - top))
  }

  /// Draws grid, numbers and names of the axes.
  func frame(_ svg: inout SVG, xName: String, yName: String) {
    for tick in y.ticks {
      let place = point(x.lower, tick)
      svg.line((left, place.y), (right, place.y), tick == y.lower ? "axis" : "grid")
      svg.text(tick.tick, at: (left - 7, place.y + 4), .end)
    }
    var free = -Double.infinity
    for tick in x.ticks {
      let place = point(tick, y.lower)
      let half = Double(tick.tick.count) * 3.7
      svg.line((place.x, bottom), (place.x, bottom + 4), "axis")
      guard place.x - half > free else { continue }  // numbers that would run into one another
      svg.text(tick.tick, at: (min(place.x, right - half + 12), bottom + 17), .middle)
      free = place.x + half + 4
    }
    svg.text(yName, at: (left - 44, 14), .start, "name")
    svg.text(xName, at: (right, svg.height - 6), .end, "name")
  }
}

/// Places of texts in a drawing, so that none covers another.
struct LabelPlaces {
  private var taken: [(x: ClosedRange<Double>, y: ClosedRange<Double>)] = []

  /// Places a text, if there is room; returns whether there was.
  mutating func place(_ text: String, middle: Double, baseline: Double) -> Bool {
    let half = Double(text.count) * 3.6 + 2
    let box = (x: middle - half...middle + half, y: baseline - 12...baseline + 2)
    if taken.contains(where: { $0.x.overlaps(box.x) && $0.y.overlaps(box.y) }) { return false }
    taken.append(box)
    return true
  }

  /// Keeps a mark free.
  mutating func block(_ place: (x: Double, y: Double)) {
    taken.append((place.x - 6...place.x + 6, place.y - 6...place.y + 6))
  }
}
