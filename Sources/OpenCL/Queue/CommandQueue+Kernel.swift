internal import COpenCL

extension CommandQueue {
  /// Enqueues a run of `kernel`, with the arguments bound to it now, over `global` work-items in groups of `local`.
  public func enqueue(_ kernel: Kernel, global: NDRange, local: NDRange) throws(OpenCLError) {
    try checkDivision(of: global, by: local, for: kernel)
    try check("clEnqueueNDRangeKernel", "\(kernel.name) over \(global) in groups of \(local)") {
      launch(kernel, global: global, local: local, event: nil)
    }
  }

  /// Enqueues a run of `kernel` as ``enqueue(_:global:local:)`` does, and returns its event, to time it or wait for it.
  public func enqueueTimed(_ kernel: Kernel, global: NDRange, local: NDRange) throws(OpenCLError) -> Event {
    try checkDivision(of: global, by: local, for: kernel)
    return try event("clEnqueueNDRangeKernel", "\(kernel.name) over \(global) in groups of \(local)") {
      launch(kernel, global: global, local: local, event: $0)
    }
  }

  /// OpenCL 1.2 has no smaller groups at the edge of a grid.
  private func checkDivision(of global: NDRange, by local: NDRange, for kernel: Kernel) throws(OpenCLError) {
    guard global.isDivisible(by: local) else {
      throw OpenCLError(
        routine: "clEnqueueNDRangeKernel", status: .invalidWorkGroupSize,
        context: "\(kernel.name) over \(global), which is no multiple of \(local)")
    }
  }

  private func launch(
    _ kernel: Kernel, global: NDRange, local: NDRange, event: UnsafeMutablePointer<cl_event?>?
  ) -> cl_int {
    var globalSize = (global.x, global.y, global.z)
    var localSize = (local.x, local.y, local.z)
    // A tuple of three equal types has the layout of an array of three.
    return withUnsafeBytes(of: &globalSize) { global in
      withUnsafeBytes(of: &localSize) { local in
        clEnqueueNDRangeKernel(
          handle, kernel.handle, 3, nil, global.assumingMemoryBound(to: Int.self).baseAddress,
          local.assumingMemoryBound(to: Int.self).baseAddress, 0, nil, event)
      }
    }
  }
}
