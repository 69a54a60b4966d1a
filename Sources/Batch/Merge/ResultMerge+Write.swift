internal import System

extension ResultMerge {
  /// Writes all results into one file, and beside it what the job was, where they are all.
  ///
  /// The file has its name with the last line: whatever ends the program before leaves none that looks whole.
  ///
  /// - Parameter path: The file, which must hold nothing; `-` for standard output.
  /// - Throws: ``JobError`` and ``WriteError``.
  package func write(to path: String) throws -> MergeReport {
    if let file = FileIdentity(path) {
      if parts.contains(where: { $0.identity == file }) {
        throw JobError("\(path) is one of the parts: choose another --out.")
      }
      if let input, file == FileIdentity(input.descriptor) {
        throw JobError("\(path) has the items: choose another --out.")
      }
      if file.hasBytes {
        throw JobError("\(path) holds results already, and merge writes over nothing: choose another --out.")
      }
    }
    var target = try ResultFile(path, continues: false)
    defer { target.closeFile() }
    guard let temporary = target.resolvedPath.map({ $0 + ".merge" }) else { return try append(to: &target) }
    unlink(temporary)
    do {
      var file = try ResultFile(temporary, continues: false)
      defer { file.closeFile() }
      let report = try append(to: &file)
      try file.synchronize()
      file.unlock()
      try target.replace(by: temporary)
      if report.isWhole, report.knowsItems { try wholeManifest?.write(besides: path, marks: forEachMark) }
      return report
    } catch {
      unlink(temporary)
      if target.isNew { unlink(path) }
      throw error
    }
  }

  /// Appends all results to a file, many lines at a time.
  private func append(to file: inout ResultFile) throws -> MergeReport {
    var block: [UInt8] = []
    let report = try run { line in
      block += line
      block.append(UInt8(ascii: "\n"))
      if block.count >= Self.blockByteCount {
        try file.append(block)
        block.removeAll(keepingCapacity: true)
      }
    }
    if !block.isEmpty { try file.append(block) }
    return report
  }

  private static var blockByteCount: Int { 1 << 20 }
}
