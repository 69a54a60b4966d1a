/// Puts the files that a file includes in the places where it does, each once, because drivers read no files.
///
/// `#line` directives make a compiler's messages name the file and the line.
package struct IncludeResolver {
  /// The text of a file; nil where there is none.
  private let text: (_ path: String) -> String?

  package init(text: @escaping (_ path: String) -> String?) { self.text = text }

  /// The text of a file and of all that it includes.
  package func resolve(_ path: String) throws(IncludeError) -> String {
    var resolved = Resolved()
    try append(path, includedBy: [], at: 0, to: &resolved)
    return resolved.text
  }

  private struct Resolved {
    var text = ""
    var paths: Set<String> = []
  }

  /// - Parameters:
  ///   - stack: The files that are being resolved, each of which includes the next.
  ///   - line: The line of the last that includes this one.
  private func append(
    _ path: String, includedBy stack: [String], at line: Int, to resolved: inout Resolved
  ) throws(IncludeError) {
    if stack.contains(path) { throw .cycle(stack + [path]) }
    guard resolved.paths.insert(path).inserted else { return resolved.text += "\n" }
    guard let text = text(path) else { throw .missing(path, file: stack.last, line: line) }
    resolved.text += "#line 1 \"\(path)\"\n"
    var conditions = 0
    // By bytes, as all that is looked for is ASCII: each start does this, and characters cost more.
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let directive = line.drop { $0 == UInt8(ascii: " ") }
      if directive.starts(with: "#pragma once".utf8) {
        resolved.text += "\n"
      } else if directive.starts(with: "#include".utf8) {
        // Whether the file is there must not depend on who included it first.
        if conditions > 0 { throw .conditional(file: path, line: index + 1) }
        let quoted = directive.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        guard quoted.count >= 3 else { throw .malformed(file: path, line: index + 1) }
        try append(String(Substring(quoted[1])), includedBy: stack + [path], at: index + 1, to: &resolved)
        resolved.text += "#line \(index + 2) \"\(path)\"\n"
      } else {
        if directive.starts(with: "#if".utf8) { conditions += 1 }
        if directive.starts(with: "#endif".utf8) { conditions -= 1 }
        resolved.text += Substring(line)
        resolved.text += "\n"
      }
    }
  }
}

/// Why a file's includes cannot be resolved.
package enum IncludeError: Error, Hashable, CustomStringConvertible {
  /// A file is not there; nil where nobody includes it.
  case missing(String, file: String?, line: Int)
  /// Files include one another: each the next, and the last the first.
  case cycle([String])
  /// An `#include` stands between `#if` and `#endif`.
  case conditional(file: String, line: Int)
  /// An `#include` names no file in quotes.
  case malformed(file: String, line: Int)

  package var description: String {
    switch self {
    case .missing(let path, nil, _): "There is no kernel file \(path)."
    case .missing(let path, let file?, let line): "\(file):\(line) includes \(path), which is not there."
    case .cycle(let paths): "Kernel files include one another: \(paths.joined(separator: ", "))."
    case .conditional(let file, let line): "\(file):\(line) includes a file between #if and #endif."
    case .malformed(let file, let line): "\(file):\(line) includes no file in quotes."
    }
  }
}
