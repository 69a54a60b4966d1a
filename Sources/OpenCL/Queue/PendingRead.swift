/// Elements on their way from a device to the host.
public final class PendingRead<Element: BitwiseCopyable>: Sendable {
  private let memory: HostMemory
  /// nil where nothing is read.
  private let event: Event?

  init(into memory: HostMemory, event: Event?) {
    self.memory = memory
    self.event = event
  }

  // The device may still be writing: the memory must outlive that.
  deinit { event?.waitIgnoringFailure() }

  /// Blocks until the elements have arrived, and returns them.
  public func wait() throws(OpenCLError) -> [Element] { try wait { Array($0) } }

  /// Blocks until the elements have arrived, and gives them to `body`.
  package func wait<Result>(
    _ body: (UnsafeBufferPointer<Element>) -> Result
  ) throws(OpenCLError) -> Result {
    try event?.wait()
    return body(UnsafeBufferPointer(memory.bytes.bindMemory(to: Element.self)))
  }
}
