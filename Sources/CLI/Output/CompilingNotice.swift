internal import OpenCL

/// Says, once each, what a first start waits for, and why the next will.
enum CompilingNotice {
  /// Gives notice when compiling takes half a second, on a terminal or where details are asked for; and where compiled
  /// kernels have no room.
  static func enable() {
    CacheRoom.onFull { folder in
      Output.notice("\(folder) has no room to keep compiled kernels: make some, or each start compiles them again.")
    }
    guard Output.isTerminal || MessageLevel.current == .verbose else { return }
    Compilation.onPatienceLost { device in
      Output.message("Compiling kernels for \(device.name) (\(place(for: device))) …")
    }
  }

  /// Whether the next start has them.
  private static func place(for device: Device) -> String {
    guard let cache = ProgramCache.standard(for: device) else { return "once; its driver keeps them" }
    if cache.canKeep { return "once; kept in \(cache.folder)" }
    return "at each start: they cannot be kept in \(cache.folder), so set GPT2_GPU_CACHE to a folder of yours"
  }
}
