internal import System
internal import OpenCL

/// A drawing, element by element.
struct SVG {
  private(set) var body = ""
  let width: Double
  let height: Double

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// The drawing, with words for those who do not see it.
  func document(_ label: String) -> String {
    """
    <svg viewBox="0 0 \(width.fixed(0)) \(height.fixed(0))" width="\(width.fixed(0))" height="\(height.fixed(0))" \
    role="img" aria-label="\(label.escaped)">\(body)</svg>
    """
  }

  mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String) {
    body +=
      "<line x1=\"\(from.x.fixed(1))\" y1=\"\(from.y.fixed(1))\" x2=\"\(to.x.fixed(1))\" y2=\"\(to.y.fixed(1))\" "
      + "class=\"\(style)\"/>"
  }

  mutating func polyline(_ points: [(x: Double, y: Double)], _ style: String) {
    let list = points.map { "\($0.x.fixed(1)),\($0.y.fixed(1))" }.joined(separator: " ")
    body += "<polyline points=\"\(list)\" class=\"\(style)\"/>"
  }

  mutating func rectangle(x: Double, y: Double, width: Double, height: Double, _ style: String, _ title: String = "") {
    body +=
      "<rect x=\"\(x.fixed(1))\" y=\"\(y.fixed(1))\" width=\"\(max(width, 0).fixed(1))\" height=\"\(height.fixed(1))\" "
      + "rx=\"2\" class=\"\(style)\">\(tooltip(title))</rect>"
  }

  /// Where text stands beside its place.
  enum Anchor: String {
    case start, middle, end
  }

  mutating func text(
    _ text: String, at place: (x: Double, y: Double), _ anchor: Anchor = .start, _ style: String = ""
  ) {
    body +=
      "<text x=\"\(place.x.fixed(1))\" y=\"\(place.y.fixed(1))\" text-anchor=\"\(anchor.rawValue)\" "
      + "class=\"\(style)\">\(text.escaped)</text>"
  }

  /// A mark of a series: shapes differ too, for those who print in grey.
  mutating func mark(_ series: Int, at place: (x: Double, y: Double), isHollow: Bool = false, _ title: String) {
    let (x, y) = (place.x, place.y)
    let style = "m c\(series % 8)\(isHollow ? " hollow" : "")"
    func polygon(_ corners: [(Double, Double)]) -> String {
      let points = corners.map { "\((x + $0.0).fixed(1)),\((y + $0.1).fixed(1))" }.joined(separator: " ")
      return "<polygon points=\"\(points)\" class=\"\(style)\">\(tooltip(title))</polygon>"
    }
    let shape =
      switch series % 4 {
      case 1: polygon([(-4.2, -4.2), (4.2, -4.2), (4.2, 4.2), (-4.2, 4.2)])
      case 2: polygon([(0, -5.6), (5.6, 0), (0, 5.6), (-5.6, 0)])
      case 3: polygon([(0, -5.4), (5, 4), (-5, 4)])
      default:
        "<circle cx=\"\(x.fixed(1))\" cy=\"\(y.fixed(1))\" r=\"4.5\" class=\"\(style)\">\(tooltip(title))</circle>"
      }
    body += shape
  }

  private func tooltip(_ title: String) -> String { title.isEmpty ? "" : "<title>\(title.escaped)</title>" }
}

extension String {
  /// The text where HTML would read signs of its own.
  var escaped: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
