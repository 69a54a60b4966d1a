package import OpenCL

/// Runs kernels of a library on a queue.
package struct KernelLauncher {
  let queue: CommandQueue
  let library: KernelLibrary
  /// Collects the times of launches, on a queue that keeps them.
  var profile: KernelProfile?
  /// The launches that are enqueued again while steps are alike.
  let record: LaunchRecord

  package init(queue: CommandQueue, library: KernelLibrary, profile: KernelProfile? = nil) {
    self.queue = queue
    self.library = library
    self.profile = profile
    record = LaunchRecord(queue)
  }

  /// Binds the arguments of a kernel and enqueues it.
  ///
  /// - Parameters:
  ///   - detail: A suffix by which a profile tells launches of one kernel apart.
  ///   - operations: Floating-point operations of the launch, for a profile.
  func run<each Argument: KernelArgument>(
    _ descriptor: some KernelDescriptor, _ detail: @autoclosure () -> String = "", operations: Double = 0,
    global: NDRange, local: NDRange, _ arguments: repeat each Argument
  ) throws {
    let known = library.knownKernel(descriptor)
    let lock = try known == nil ? library.compilerLock(for: descriptor) : nil
    defer { lock?.release() }
    let original = try known ?? library.kernel(descriptor)
    let kernel = record.isRecording ? try record.kernel(like: original) : original
    if library.describesArguments {
      var signatures: [KernelArgumentSignature] = []
      for type in repeat (each Argument).self { signatures.append(type.signature) }
      try compare(signatures, with: kernel)
    }
    try kernel.bind(repeat each arguments)
    if let profile, profile.isActive {
      let event = try launch(original) { try queue.enqueueTimed(kernel, global: global, local: local) }
      try profile.add(kernel.name + detail(), operations: operations, event)
    } else {
      try launch(original) { try queue.enqueue(kernel, global: global, local: local) }
      if record.isRecording { record.add(kernel, of: original, global: global, local: local) }
    }
  }

  /// Enqueues a kernel; waits for the first launch, in which its driver may compile it.
  private func launch<Result>(_ original: Kernel, _ enqueue: () throws -> Result) throws -> Result {
    guard library.isFirstLaunch(of: original) else { return try enqueue() }
    return try Compilation.measure(for: queue.context.device) {
      try CompilerLock.hold(for: queue.context.device) {
        let result = try enqueue()
        try queue.finish()
        try library.finishFirstLaunch(of: original)
        return result
      }
    }
  }

  /// Compares the arguments with the kernel's declaration: types, address spaces, and `const` where it only reads.
  private func compare(_ signatures: [KernelArgumentSignature], with kernel: Kernel) throws {
    for (index, (signature, declared)) in zip(signatures, try kernel.argumentInfo()).enumerated()
    where !signature.agrees(with: declared) {
      throw KernelMismatch(kernel: kernel.name, argument: index, declared: "\(declared)", bound: "\(signature)")
    }
  }
}

/// A kernel's declaration and the host's idea of it differ.
struct KernelMismatch: Error {
  let kernel: String
  let argument: Int
  let declared: String
  let bound: String
}
