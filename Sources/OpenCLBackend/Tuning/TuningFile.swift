package import JSON
internal import OpenCL
package import System

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The parameters found for one device, precision, family and dot unit, as they are kept beside the compiled programs.
///
/// Whatever is wrong with the file, it is as if nobody had tuned. It can make work slower and change no number: every value
/// is one that the kernels say is legal on the device. So it may be anybody's: an administrator may tune for all users.
package struct TuningFile: Sendable {
  /// Where it is.
  package let path: String
  private let key: TuningKey

  /// Counted up whenever the form of the file or the meaning of a parameter changes.
  private static let format = "gpt2-gpu tuning 1"
  /// Bytes of the largest file that is read: thousands of operations.
  static let largest = 1 << 18

  /// What a file holds.
  package struct Content: Sendable {
    package var tuning = Tuning()
    /// Choices that ended a process or its device's work when they were tried.
    package var crashed: [TunedOperation: Set<TuningChoice>] = [:]

    package init() {}
  }

  /// The file of a key in a folder.
  package init(_ key: TuningKey, folder: String) {
    self.key = key
    path = folder + "/" + key.fileName
  }

  /// The folder of tuning, beside the compiled programs.
  package static let folder = "tuning"

  /// The user's file of a key; nil where the environment has no place for it.
  package static func standard(_ key: TuningKey) -> TuningFile? {
    ProgramCache.folder(in: ProcessInfo.processInfo.environment).map { TuningFile(key, folder: "\($0)/\(folder)") }
  }

  /// Whether a file in the folder of tuning is one by its name: words and a hash, with a search's mark or the number of a
  /// process that was ended while it wrote.
  package static func isFileName(_ name: String) -> Bool {
    guard let parts = name.wholeMatch(of: /.+_[0-9a-f]{16}\.json(\.trying)?(\.[0-9]+)?/) else { return false }
    return !parts.output.0.contains("/")
  }

  /// What is kept; nil where there is no file, or none of this key and version.
  ///
  /// - Parameter isLegal: Whether the kernels take a choice for an operation. Others are left out.
  package func read(_ isLegal: (TunedOperation, TuningChoice) -> Bool) -> Content? {
    guard let bytes = SmallFile.read(path, atMost: Self.largest), let json = try? JSON(parsing: bytes),
      json["format"]?.string == Self.format, let kept = json["key"], kept.text == key.json.text
    else { return nil }
    func entries(_ name: String) -> [(TunedOperation, TuningChoice)] {
      (json[name]?.array ?? []).compactMap(Self.entry).filter(isLegal)
    }
    var content = Content()
    for (operation, choice) in entries("choices") { content.tuning[operation] = choice }
    for (operation, choice) in entries("crashed") { content.crashed[operation, default: []].insert(choice) }
    return content
  }

  /// Reads one entry: an operation and its choice.
  package static func entry(_ json: JSON) -> (TunedOperation, TuningChoice)? {
    guard let operation = TunedOperation(json), let choice = json["choice"].map(TuningChoice.init) else { return nil }
    return (operation, choice)
  }

  /// The same, as it is written.
  package static func entry(_ operation: TunedOperation, _ choice: TuningChoice) -> JSON {
    .object(operation.members + [JSON.Member("choice", .object(choice.members))])
  }

  /// Keeps what was found, in place of what is there: whole, or not at all.
  package func write(_ content: Content) throws(WriteError) {
    let choices = content.tuning.choices.map { Self.entry($0.key, $0.value) }
    let crashed = content.crashed.flatMap { operation, choices in choices.map { Self.entry(operation, $0) } }
    let json: JSON = [
      "format": .string(Self.format), "key": key.json, "choices": .array(sorted(choices)),
      "crashed": .array(sorted(crashed)),
    ]
    try SmallFile.replace(path, with: Array((json.text + "\n").utf8))
  }

  /// The same file for the same content.
  private func sorted(_ entries: [JSON]) -> [JSON] { entries.sorted { $0.text < $1.text } }

  /// Takes the file away; false where there is none.
  package func remove() throws(WriteError) -> Bool { try SmallFile.remove(path) }
}
