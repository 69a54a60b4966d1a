internal import System
package import JSON

/// The files of a model in the Hugging Face layout: a folder, or data embedded in the binary.
public struct ModelFiles: Sendable {
  private enum Source {
    case folder(String)
    case memory([String: FileData])
  }

  /// The largest JSON file read: real ones take kilobytes.
  private static let maximumJSONByteCount = 1 << 24

  private static let maximumNameCount = 4096

  /// The folder, or the name given, for messages.
  public let name: String
  private let source: Source
  /// None or one.
  private var adapters: [ModelFiles] = []

  /// The LoRA adapter that is merged into the weights when they are read.
  public var adapter: ModelFiles? { adapters.first }

  /// The same model with a LoRA adapter of PEFT.
  public func adapted(by adapter: ModelFiles) -> ModelFiles {
    var files = self
    files.adapters = [adapter]
    return files
  }

  /// The files of a folder, which must exist.
  public init(folder: String) throws(CheckpointError) {
    let status: stat
    do throws(SystemError) {
      status = try fileStatus(folder)
    } catch {
      throw CheckpointError(folder, Self.obstacle(error.code) ?? "there is no such folder")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw CheckpointError(folder, "is not a folder; give the folder that holds config.json and the weights")
    }
    name = folder
    source = .folder(folder)
  }

  /// Files embedded in the binary, by name, which live as long as the process.
  public init(name: String, embedded files: [String: UnsafeRawBufferPointer]) {
    self.init(
      name: name,
      files: Dictionary(
        uniqueKeysWithValues: files.map { ($0, FileData(name: "\(name)/\($0)", embedded: $1)) }))
  }

  /// Files in memory, by name.
  package init(name: String, files: [String: FileData]) {
    self.name = name
    source = .memory(files)
  }

  /// The file of this name, `nil` where there is none.
  /// - Throws: where the name would lead out of the model, or where the file is there and cannot be mapped.
  public func file(named file: String) throws(CheckpointError) -> FileData? {
    guard Self.isSafePath(file) else {
      throw CheckpointError(name, "'\(file)' is not the name of a file inside the model")
    }
    guard let data = try data(named: file) else { return nil }
    if data.withBytes({ $0.starts(with: "version https://git-lfs".utf8) }) {
      throw CheckpointError(data.name, "is a Git LFS pointer, not the file itself; run 'git lfs pull'")
    }
    return data
  }

  private func data(named file: String) throws(CheckpointError) -> FileData? {
    switch source {
    case .memory(let files): return files[file]
    case .folder(let folder):
      let path = "\(folder)/\(file)"
      var status = stat()
      // lstat, so that a link to nothing, as an interrupted download leaves, is not taken for "no file".
      guard lstat(path, &status) == 0 else {
        if let obstacle = Self.obstacle(errno) { throw CheckpointError(path, obstacle) }
        return nil
      }
      guard stat(path, &status) == 0 else {
        throw CheckpointError(path, "is a link to a file that is missing; was the download completed?")
      }
      return try FileData(path: path)
    }
  }

  /// Why it is not known whether a file is there, by the system's error; nil where it is not.
  static func obstacle(_ code: Int32) -> String? {
    [ENOENT, ENOTDIR, ENAMETOOLONG].contains(code) ? nil : "cannot be examined: \(SystemError(code: code))"
  }

  /// The names of what lies in the folder, in their order; of a huge folder, some.
  var names: [String] {
    switch source {
    case .memory(let files): return files.keys.sorted()
    case .folder(let folder):
      guard let directory = opendir(folder) else { return [] }
      defer { closedir(directory) }
      var names: [String] = []
      while names.count < Self.maximumNameCount, let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
      }
      return names.sorted()
    }
  }

  /// A JSON file of the model, `nil` where there is none.
  package func json(named file: String) throws(CheckpointError) -> JSON? {
    guard let data = try self.file(named: file) else { return nil }
    guard data.count <= Self.maximumJSONByteCount else {
      throw CheckpointError(data.name, "has \(data.count) bytes, more than any such file needs")
    }
    return try JSON(parsing: data)
  }

  /// Whether a path has one or more plain components: not absolute, and without `..`, `\` or NUL.
  package static func isSafePath(_ path: String) -> Bool {
    if path.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\\") }) { return false }
    return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
      !component.isEmpty && component != "." && component != ".."
    }
  }
}

extension JSON {
  /// Reads a whole file, or a part of it, as one document.
  init(parsing file: FileData, range: Range<Int>? = nil) throws(CheckpointError) {
    do throws(JSON.ParsingError) {
      self = try file.withBytes { bytes throws(JSON.ParsingError) in
        let part = bytes[(range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)]
        return try JSON(parsing: UnsafeRawBufferPointer(rebasing: part))
      }
    } catch {
      throw CheckpointError(file.name, error.description)
    }
  }
}
