internal import JSON
internal import Yams

/// The YAML at the top of a card, between two lines of three hyphens.
///
/// A card is text from a stranger, and YAML can do more than it looks like: what is read is bounded in bytes, in values
/// and in aliases, of which ten levels of nine each would make a document of billions of values. libyaml bounds the
/// depth.
enum FrontMatter {
  /// The most that is read, in bytes; real ones have some hundred.
  static let maximumByteCount = 1 << 16
  /// The most aliases. Those of 16 can repeat a value 324 times at most: the product of numbers whose sum is 16.
  private static let maximumAliasCount = 16
  private static let maximumDepth = 16
  /// The most values, those of aliases each time that they come: 16 aliases of a long list can be millions.
  private static let maximumNodeCount = 1 << 15

  /// Fields of an example that are text.
  private static let texts = ["text", "example_title"]

  /// Reads the front matter of a text; nil where it has none.
  static func read(_ bytes: [UInt8]) throws(ModelCardError) -> JSON? {
    guard let yaml = try find(bytes) else { return nil }
    guard aliasCount(yaml) <= maximumAliasCount else {
      throw ModelCardError(problem: "has more than \(maximumAliasCount) aliases")
    }
    let root: Node?
    do {
      root = try Parser(yaml: yaml, resolver: .default, constructor: .default, encoding: .utf8).singleRoot()
    } catch {
      throw ModelCardError(problem: "begins with what is not valid YAML\(place(of: error))")
    }
    var left = maximumNodeCount
    return try root.map { node throws(ModelCardError) in try json(node, depth: 0, &left) }
  }

  /// The lines between the first two of three hyphens.
  private static func find(_ bytes: [UInt8]) throws(ModelCardError) -> String? {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    guard text.starts(with: "---".utf8) else { return nil }
    let lines = text.prefix(maximumByteCount).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard isFence(lines[0]) else { return nil }
    guard let end = lines.dropFirst().firstIndex(where: isFence) else {
      throw ModelCardError(
        problem: text.count > maximumByteCount
          ? "begins with more than \(maximumByteCount >> 10) KiB of YAML" : "begins with YAML that does not end")
    }
    guard let yaml = String(validating: lines[1..<end].joined(separator: [UInt8(ascii: "\n")]), as: UTF8.self) else {
      throw ModelCardError(problem: "is not UTF-8")
    }
    return yaml
  }

  private static func isFence(_ line: ArraySlice<UInt8>) -> Bool {
    line.starts(with: "---".utf8) && line.dropFirst(3).allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  /// How many aliases there are at most: asterisks where one may begin.
  private static func aliasCount(_ yaml: String) -> Int {
    var count = 0
    var last = UInt8(ascii: "\n")
    for byte in yaml.utf8 {
      let mayBegin = last <= 0x20 || last >= 0x80 || "[{,:".utf8.contains(last)
      if byte == UInt8(ascii: "*"), mayBegin { count += 1 }
      last = byte
    }
    return count
  }

  private static func place(of error: any Error) -> String {
    switch error as? YamlError {
    // The lines of the file, of which the first is not the parser's.
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      " (\(problem) in line \(mark.line + 1))"
    case .composer(_, let problem, let mark, _): " (\(problem) in line \(mark.line + 1))"
    case .duplicatedKeysInMapping(let keys, _): " (\(keys.first.map { "'\($0)'" } ?? "a key") comes twice)"
    default: ""
    }
  }

  /// - Parameter left: How many more values there may be.
  private static func json(_ node: Node, depth: Int, _ left: inout Int) throws(ModelCardError) -> JSON {
    left -= 1
    guard left >= 0 else { throw ModelCardError(problem: "begins with YAML of more than \(maximumNodeCount) values") }
    guard depth < maximumDepth else { throw ModelCardError(problem: "begins with YAML nested too deep") }
    switch node {
    case .scalar(let scalar): return json(scalar, node)
    case .sequence(let sequence):
      var elements: [JSON] = []
      for element in sequence { elements.append(try json(element, depth: depth + 1, &left)) }
      return .array(elements)
    case .mapping(let mapping):
      var members: [JSON.Member] = []
      for (key, value) in mapping {
        guard case .scalar(let name) = key else { continue }
        // What is text in any case is as a person wrote it, whatever it looks like.
        let isText = texts.contains { $0.utf8.elementsEqual(name.string.utf8) }
        if isText, case .scalar(let scalar) = value, value.null == nil {
          members.append(JSON.Member(name.string, .string(scalar.string)))
        } else {
          members.append(JSON.Member(name.string, try json(value, depth: depth + 1, &left)))
        }
      }
      return .object(members)
    case .alias: return .null
    }
  }

  /// A scalar: what stands in quotes or in a block is a string, whatever it looks like.
  private static func json(_ scalar: Node.Scalar, _ node: Node) -> JSON {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    if node.null != nil { return .null }
    if let value = node.bool { return .boolean(value) }
    if let value = node.int { return .integer(value) }
    if let value = node.float { return .number(value) }
    return .string(scalar.string)
  }
}
