/// Columns of text, each as wide as its longest entry. On a terminal, the last is wrapped within its own column.
struct Table {
  private var rows: [[String]]
  /// Columns of numbers, which stand to the right.
  var numbers: Set<Int> = []
  /// The style of a cell on a terminal with colours.
  var style: (String) -> Style? = { _ in nil }

  /// A last column of fewer characters is not wrapped: that would be harder to read than a terminal's own breaks.
  private static let leastWidth = 20

  /// A table, with a first row of headings where given.
  init(headings: [String] = []) { rows = headings.isEmpty ? [] : [headings] }

  mutating func append(_ row: String...) { append(row) }

  mutating func append(_ row: [String]) { rows.append(row.map(\.printable)) }

  /// The rows as they are printed to standard output.
  var text: String { text(width: Output.results.columns) }

  /// The rows, each a line, or several where the last cell does not fit into so many columns.
  func text(width: Int?) -> String {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    let indent = widths.dropLast().reduce(0) { $0 + $1 + 2 }
    let rest = width.map { $0 - indent }.flatMap { $0 >= Self.leastWidth ? $0 : nil }
    return rows.map { row in
      let cells = row.indices.dropLast().map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return (numbers.contains(column) ? padding + styled(row[column]) : styled(row[column]) + padding) + "  "
      }
      guard var last = row.last else { return "\n" }
      if numbers.contains(row.count - 1), let width = widths.last {
        last = String(repeating: " ", count: width - last.count) + last
      }
      let lines = rest.map { last.wrapped(to: $0) } ?? [last]
      return cells.joined() + lines.map(styled).joined(separator: "\n" + String(repeating: " ", count: indent)) + "\n"
    }
    .joined()
  }

  private func styled(_ cell: String) -> String { style(cell)?(cell, on: Output.results.descriptor) ?? cell }
}

extension String {
  /// The text in lines of so many characters at the most, broken at spaces; a longer word has a line of its own.
  func wrapped(to width: Int) -> [String] {
    guard count > width else { return [self] }
    var lines: [String] = []
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      if let line = lines.last, line.count + 1 + word.count <= width {
        lines[lines.count - 1] = line + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

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
