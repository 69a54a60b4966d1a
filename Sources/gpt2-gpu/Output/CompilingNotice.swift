internal import OpenCL

/// Says, once and on a terminal, what a first start waits for.
enum CompilingNotice {
  /// Gives notice when compiling takes half a second.
  static func enable() {
    guard Output.isTerminal else { return }
    Compilation.onPatienceLost { device in
      let place = ProgramCache.standard(for: device).map { "kept in \($0.folder)" } ?? "its driver keeps them"
      Output.message("Compiling kernels for \(device.name) (once; \(place)) …")
    }
  }
}
