#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import System

/// The folder in which PoCL compiles, without which it offers no device.
package enum CompilerFolder {
  /// Gives PoCL another folder where its own cannot be made, as for a user without a home, and has it compile each
  /// kernel once; to be called before the first OpenCL call.
  static func prepare() { preparation }

  /// Runs once a process.
  private static let preparation: Void = {
    let environment = ProcessInfo.processInfo.environment
    // PoCL looks for the linker there, and ends the process where there is no PATH at all.
    if environment["PATH"] == nil { setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1) }
    // It compiles a kernel for the sizes of a launch, and again for any sizes when its program is to be kept. Ours
    // state the size of their work-groups, and gain nothing by the first.
    setenv("POCL_WORK_GROUP_SPECIALIZATION", "0", 0)
    guard environment["POCL_CACHE_DIR"] == nil, !isUsable(environment),
      let folder = privateFolder(FileManager.default.temporaryDirectory.path + "/gpt2-gpu-pocl-\(getuid())")
    else { return }
    setenv("POCL_CACHE_DIR", folder, 1)
  }()

  /// What PoCL may take for the kernels of a model. Measured: 1.7 MB for the demo model, once.
  private static let neededByteCount = 16 << 20

  /// Where a device's driver compiles, if there is no room for that: PoCL then ends the process or leaves half a kernel.
  static func withoutRoom(for device: Device) -> String? {
    guard device.platformName == "Portable Computing Language" else { return nil }
    guard let folder = ofPoCL, let available = DiskSpace.available(in: folder), available < neededByteCount
    else { return nil }
    return folder
  }

  /// PoCL's folder, as it finds it in the environment that ``prepare()`` leaves; nil where there is none.
  package static var ofPoCL: String? {
    prepare()
    let environment = ProcessInfo.processInfo.environment
    return environment["POCL_CACHE_DIR"] ?? usual(environment)
  }

  /// Where PoCL compiles unless it is told otherwise. To it, as to XDG's specification, an empty variable is none.
  private static func usual(_ environment: [String: String]) -> String? {
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return (cache ?? environment["HOME"].map { $0 + "/.cache" }).map { $0 + "/pocl" }
  }

  /// Whether PoCL's own folder exists or can be created, and can be written to.
  package static func isUsable(_ environment: [String: String]) -> Bool {
    guard let folder = usual(environment) else { return false }
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return access(folder, W_OK | X_OK) == 0
  }

  /// A folder that nobody else may write, because PoCL runs the code it finds there; created where it does not exist.
  ///
  /// - Returns: The path; nil where there is no such folder and none can be created.
  package static func privateFolder(_ path: String) -> String? {
    mkdir(path, 0o700)
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(),
      status.st_mode & 0o077 == 0
    else { return nil }
    return path
  }
}
