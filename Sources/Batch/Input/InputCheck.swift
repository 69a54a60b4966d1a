internal import JSON
internal import System

/// Tells an input that is no JSON Lines at all from one with bad lines, so that a table does not become a million errors.
struct InputCheck {
  /// How many lines without an item are proof.
  private static let proof = 100
  /// A file of fewer lines is none where not one has an item, but for a file of hardly any.
  private static let leastLines = 3

  /// The input, for messages.
  let name: String
  /// Lines without an item, as long as no other has come.
  private var bad = 0
  private var firstBad: [UInt8] = []
  private var isOver = false

  init(name: String) { self.name = name }

  /// Looks at a file's first lines.
  ///
  /// - Throws: ``JobError`` where it is something else than JSON Lines.
  static func check(_ input: JobInput) throws(JobError) {
    guard let file = input.file else { return }
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    // That it cannot be read, or not on, is told where it is read.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var lines = LineReader(descriptor: descriptor, maximumByteCount: ItemParser.maximumByteCount)
    var check = InputCheck(name: input.name)
    while !check.isOver, let line = try? lines.next() {
      if case .bytes(let bytes) = line, let problem = check.problem(with: Array(bytes)) { throw problem }
    }
    if !check.isOver, check.bad >= leastLines { throw check.isNoJSONLines }
  }

  /// Takes the next line; returns why the input is something else, where that has become clear.
  mutating func problem(with line: [UInt8]) -> JobError? {
    if isOver { return nil }
    let text = bad == 0 && line.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(line.dropFirst(3)) : line
    let words = text.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    if words.isEmpty { return nil }
    if (try? JSON(parsing: text))?.members != nil {
      isOver = true
      return nil
    }
    if bad == 0 {
      firstBad = text
      if let problem = foreignForm(text) { return problem }
      if words.first == UInt8(ascii: "[") {
        return JobError(
          "\(name) is a JSON array, and batch takes an object on a line: jq -c '.[]' \(file) > items.jsonl makes them.")
      }
    }
    let isOpened = firstBad.filter { $0 != 0x20 && $0 != 0x0D } == [UInt8(ascii: "{")]
    if bad == 1, isOpened, words.first == UInt8(ascii: "\"") {
      return JobError(
        "\(name) is JSON over several lines, and batch takes an object on a line: jq -c . \(file) > items.jsonl makes "
          + "them.")
    }
    bad += 1
    return bad == Self.proof ? isNoJSONLines : nil
  }

  /// Why a first line is of a file in another encoding, or packed.
  private func foreignForm(_ line: [UInt8]) -> JobError? {
    let start = Array(line.prefix(2))
    // Of ASCII, one of two bytes is 0.
    if start == [0xFF, 0xFE] || start == [0xFE, 0xFF] || start.count == 2 && (start[0] == 0) != (start[1] == 0) {
      return JobError(
        "\(name) is UTF-16, as Windows writes it, and batch reads UTF-8: iconv -f UTF-16 -t UTF-8 \(file) > items.jsonl "
          + "makes it so.")
    }
    guard let packed = Self.packed.first(where: { line.starts(with: $0.magic) }) else { return nil }
    return JobError("\(name) is \(packed.form): \(packed.command) \(file) > items.jsonl \(packed.does).")
  }

  /// Forms in which people keep lines, and what makes lines of them.
  private static let packed: [(magic: [UInt8], form: String, command: String, does: String)] = [
    ([0x1F, 0x8B], "packed by gzip", "gunzip -c", "unpacks it"),
    ([0x28, 0xB5, 0x2F, 0xFD], "packed by zstd", "zstd -dc", "unpacks it"),
    (Array("BZh".utf8), "packed by bzip2", "bunzip2 -c", "unpacks it"),
    ([0xFD] + Array("7zXZ".utf8), "packed by xz", "xz -dc", "unpacks it"),
    ([0x04, 0x22, 0x4D, 0x18], "packed by lz4", "lz4 -dc", "unpacks it"),
    (Array("PK\u{3}\u{4}".utf8), "a zip file", "unzip -p", "unpacks it"),
    (
      Array("PAR1".utf8), "a table of Parquet",
      "python3 -c 'import pandas, sys; pandas.read_parquet(sys.argv[1]).to_json(sys.stdout, \"records\", lines=True)'",
      "makes lines of it"
    ),
  ]

  /// The name as it is written in a shell.
  private var file: String { name.contains { " '\"\\$`&;<>|()*?[]#~!".contains($0) } ? "FILE" : name }

  private var isNoJSONLines: JobError {
    var sentence =
      "Not one of the first \(bad) lines of \(name) is a JSON object: with --text each line is a prompt as it stands"
    // Excel puts semicolons where numbers have a decimal comma.
    if let delimiter = [",", ";"].first(where: { firstBad.contains($0.utf8.first ?? 0) }) {
      let dialect = delimiter == "," ? "" : ", delimiter=\"\(delimiter)\""
      sentence +=
        "; rows of a CSV file become objects by python3 -c 'import csv, json; [print(json.dumps({k: v for k, v in "
        + "row.items() if k and v})) for row in csv.DictReader(open(\"\(file)\", encoding=\"utf-8-sig\", "
        + "newline=\"\")\(dialect))]' > items.jsonl"
    }
    return JobError(sentence + ".")
  }
}
