/// Columns of text, each as wide as its longest entry.
struct Table {
  private var rows: [[String]]

  /// A table, with a first row of headings where given.
  init(headings: [String] = []) { rows = headings.isEmpty ? [] : [headings] }

  mutating func append(_ row: String...) { append(row) }

  mutating func append(_ row: [String]) { rows.append(row.map(\.printable)) }

  /// The rows, each a line.
  var text: String {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      return cells.dropLast().map { $0 + "  " }.joined() + (row.last ?? "") + "\n"
    }
    .joined()
  }
}

extension String {
  /// The text with control characters spelled out: a tensor's name in a file must not steer a terminal, nor change the
  /// direction of what is written.
  var printable: String {
    unicodeScalars.map { scalar in
      let isControl =
        switch scalar {
        case "\n", "\t": false
        // Line and paragraph separators, marks and overrides of direction.
        case "\u{2028}", "\u{2029}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        default: scalar.properties.generalCategory == .control
        }
      return isControl ? scalar.escaped(asASCII: true) : String(scalar)
    }
    .joined()
  }
}
