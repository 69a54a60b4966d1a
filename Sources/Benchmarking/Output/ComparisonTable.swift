internal import System
internal import OpenCL
package import JSON

extension Comparison {
  /// The lines as a table in Markdown.
  package var text: String {
    var table = [
      ["row", "phase", "before tok/s", "after tok/s", "change", "verdict"], ["---", "---", "--:", "--:", "--:", "---"],
    ]
    for line in lines {
      let change = line.change.map { ($0 > 0 ? "+" : "") + ($0 * 100).fixed(1) + "%" } ?? "-"
      table.append([
        line.row, line.phase, line.before.map(RowCells.rate) ?? "-", line.after.map(RowCells.rate) ?? "-", change,
        line.verdict.rawValue,
      ])
    }
    return (MarkdownTable.aligned(table) + (notices.isEmpty ? [] : [""] + notices.map { "- \($0)" }))
      .joined(separator: "\n") + "\n"
  }

  /// The lines as a document.
  package var json: JSON {
    let list = lines.map { line -> JSON in
      [
        "row": .string(line.row), "phase": .string(line.phase), "before": line.before?.json ?? .null,
        "after": line.after?.json ?? .null, "change": JSON(line.change), "verdict": .string(line.verdict.rawValue),
      ]
    }
    return [
      "slower": .boolean(isSlower), "notices": .array(notices.map { .string($0) }), "lines": .array(list),
    ]
  }
}
