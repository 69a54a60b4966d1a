#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A folder of compiled programs.
///
/// A file holds its whole key, a checksum, and what the driver compiled. Whatever goes wrong with it, the program is
/// compiled from its source as if there were no cache.
public struct ProgramCache: Sendable {
  /// Where the files are; made when the first is written.
  public let folder: String

  /// A cache in `folder`.
  public init(folder: String) { self.folder = folder }

  /// The user's: in `$GPT2_GPU_CACHE`, or else `gpt2-gpu` in `$XDG_CACHE_HOME`, or else in `~/.cache`.
  public static var standard: ProgramCache? {
    let environment = ProcessInfo.processInfo.environment
    func path(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    return
      (path("GPT2_GPU_CACHE") ?? path("XDG_CACHE_HOME").map { $0 + "/gpt2-gpu" }
      ?? path("HOME").map { $0 + "/.cache/gpt2-gpu" }).map(ProgramCache.init)
  }

  /// The program kept under `key`, if it is there and whole.
  func binary(for key: ProgramKey) -> [UInt8]? {
    guard let data = FileManager.default.contents(atPath: path(for: key)), data.starts(with: key.bytes) else {
      return nil
    }
    let kept = data.dropFirst(key.bytes.count)
    let binary = [UInt8](kept.dropFirst(MemoryLayout<UInt128>.size))
    guard !binary.isEmpty, kept.starts(with: checksum(of: binary)) else { return nil }
    return binary
  }

  /// Keeps a program; where that cannot be, the next start compiles again.
  func store(_ binary: [UInt8], for key: ProgramKey) {
    // Compiled programs are code that runs as the user: nobody else may write there.
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let data = Data(key.bytes + checksum(of: binary) + binary)
    // Atomic, so that another process sees a whole file or none.
    try? data.write(to: URL(filePath: path(for: key)), options: .atomic)
  }

  private func path(for key: ProgramKey) -> String { folder + "/" + key.fileName }

  private func checksum(of binary: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: fingerprint(binary).littleEndian) { Array($0) }
  }
}
