internal import System

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A folder of compiled programs.
///
/// A file holds its whole key, a checksum, and the driver's binary. Whatever goes wrong with it, the program is
/// compiled from its source as if there were no cache. Compiled programs are code that runs as the user: a folder or a
/// file that somebody else owns or may write to is left alone.
public struct ProgramCache: Sendable {
  /// Where the files are; made when the first is written.
  public let folder: String

  /// A cache in `folder`.
  public init(folder: String) { self.folder = folder }

  /// The user's cache, for a device whose driver keeps none of its own.
  public static func standard(for device: Device) -> ProgramCache? {
    guard !cachingPlatforms.contains(device.platformName) else { return nil }
    return folder(in: ProcessInfo.processInfo.environment).map(ProgramCache.init)
  }

  /// `$GPT2_GPU_CACHE`, or else `gpt2-gpu` in `$XDG_CACHE_HOME`, or else `~/.cache/gpt2-gpu`.
  package static func folder(in environment: [String: String]) -> String? {
    let places = [("GPT2_GPU_CACHE", ""), ("XDG_CACHE_HOME", "/gpt2-gpu"), ("HOME", "/.cache/gpt2-gpu")]
    for (name, suffix) in places {
      if let path = environment[name], !path.isEmpty { return path + suffix }
    }
    return nil
  }

  /// Drivers that keep compiled programs themselves: OpenCL cannot be asked. A name too few or too many costs time
  /// only. PoCL does too, but its front end runs on each start: 50 ms a program, against 3 ms from here, where it costs
  /// nothing to keep one whose kernels have all been launched.
  private static let cachingPlatforms: Set = ["NVIDIA CUDA", "rusticl"]

  /// Whether a file in the folder is one of the cache's by its name: a kept program, or what an end left of writing one.
  package static func isFileName(_ name: String) -> Bool {
    if name.hasPrefix(".dat.nosync") { return true }  // Foundation's name for a file that is not whole yet
    return name.hasSuffix(".bin") && (1...32).contains(name.utf8.count - 4)
      && name.dropLast(4).allSatisfy { "0123456789abcdef".contains($0) }
  }

  /// The program kept under `key`, if it is there and whole.
  func binary(for key: ProgramKey) -> [UInt8]? {
    guard Self.isOurs(folder), Self.isOurs(path(for: key)),
      let data = FileManager.default.contents(atPath: path(for: key)),
      data.starts(with: key.bytes)
    else {
      return nil
    }
    let kept = data.dropFirst(key.bytes.count)
    let binary = [UInt8](kept.dropFirst(MemoryLayout<UInt128>.size))
    guard !binary.isEmpty, kept.starts(with: checksum(of: binary)) else { return nil }
    return binary
  }

  /// The file that a program is kept in, or would be.
  package func file(source: String, options: String, for device: Device) -> String {
    path(for: ProgramKey(source: source, options: options, device: device))
  }

  /// Whether a program is kept, as far as its file tells by being there.
  package static func holds(file: String) -> Bool { isOurs(file) }

  /// Whether programs can be kept: the folder is there, or can be made, and is the user's own.
  package var canKeep: Bool {
    makeFolder()
    return Self.isOurs(folder) && access(folder, W_OK) == 0
  }

  private func makeFolder() {
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  /// Keeps a program; where that cannot be, the next start compiles again.
  func store(_ binary: [UInt8], for key: ProgramKey) {
    makeFolder()
    guard Self.isOurs(folder) else { return }
    let data = Data(key.bytes + checksum(of: binary) + binary)
    do {
      // Atomic, so that another process sees a whole file or none.
      try data.write(to: URL(filePath: path(for: key)), options: .atomic)
      chmod(path(for: key), 0o600)  // whatever the user's mask
    } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
      CacheRoom.reportFull(folder)
    } catch {}
  }

  /// Whether a file or folder is the user's own, and nobody else may write to it.
  private static func isOurs(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
  }

  private func path(for key: ProgramKey) -> String { folder + "/" + key.fileName }

  private func checksum(of binary: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: FNV1a128(binary).value.littleEndian) { Array($0) }
  }
}
