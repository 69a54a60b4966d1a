internal import System
internal import COpenCL

extension CommandQueue {
  // MARK: Host to device

  /// Copies bytes into `buffer` from its element `start`, and returns when they may change again.
  public func write<Element>(
    _ source: UnsafeRawBufferPointer, to buffer: Buffer<Element>, at start: Int = 0
  ) throws(OpenCLError) {
    let (count, remainder) = source.count.quotientAndRemainder(dividingBy: MemoryLayout<Element>.stride)
    guard remainder == 0 else {
      throw OpenCLError(
        routine: "clEnqueueWriteBuffer", status: .invalidValue,
        context: "\(source.count) bytes for elements of \(MemoryLayout<Element>.stride)")
    }
    let range = try buffer.byteRange(at: start, count: count, for: "clEnqueueWriteBuffer")
    guard !range.isEmpty else { return }
    try check("clEnqueueWriteBuffer", ByteSize(range.count).description) {
      clEnqueueWriteBuffer(
        handle, buffer.handle, blocking, range.lowerBound, range.count, source.baseAddress, 0, nil, nil)
    }
  }

  /// Copies elements into `buffer` from its element `start`, and returns when they may change again.
  public func write<Element>(
    _ source: UnsafeBufferPointer<Element>, to buffer: Buffer<Element>, at start: Int = 0
  ) throws(OpenCLError) {
    try write(UnsafeRawBufferPointer(source), to: buffer, at: start)
  }

  /// Copies elements into `buffer` from its element `start`, and returns when that is done.
  public func write<Element>(
    _ source: [Element], to buffer: Buffer<Element>, at start: Int = 0
  ) throws(OpenCLError) {
    try source.withUnsafeBufferPointer { (source) throws(OpenCLError) in
      try write(source, to: buffer, at: start)
    }
  }

  /// Enqueues a copy of elements into `buffer` from its element `start`, and does not wait.
  ///
  /// The elements are copied aside first: this is meant for the few numbers that steer a step.
  public func enqueueWrite<Element>(
    _ source: [Element], to buffer: Buffer<Element>, at start: Int = 0
  ) throws(OpenCLError) {
    let range = try buffer.byteRange(at: start, count: source.count, for: "clEnqueueWriteBuffer")
    guard !range.isEmpty else { return }
    let memory = HostMemory(byteCount: range.count, alignment: MemoryLayout<Element>.alignment)
    source.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
    let event = try event("clEnqueueWriteBuffer", ByteSize(range.count).description) {
      clEnqueueWriteBuffer(
        handle, buffer.handle, nonBlocking, range.lowerBound, range.count, memory.bytes.baseAddress, 0, nil, $0)
    }
    staged.append((event, memory))
    try releaseStaged()
  }

  /// Lets go of the host memory that the device has read.
  private func releaseStaged() throws(OpenCLError) {
    var done = 0
    while done < staged.count, try staged[done].event.status() == .complete { done += 1 }
    staged.removeFirst(done)
  }

  // MARK: Device to host

  /// Blocks until `count` elements of `buffer` from its element `start`, or all from there, have arrived.
  public func read<Element>(
    _ buffer: Buffer<Element>, at start: Int = 0, count: Int? = nil
  ) throws(OpenCLError) -> [Element] {
    let range = try buffer.byteRange(at: start, count: count, for: "clEnqueueReadBuffer")
    guard !range.isEmpty else { return [] }
    // The initializer rethrows `any Error`, so a typed one cannot leave its closure: a status can.
    var status = CL_SUCCESS
    let capacity = range.count / MemoryLayout<Element>.stride
    let elements = [Element](unsafeUninitializedCapacity: capacity) { storage, initialized in
      status = clEnqueueReadBuffer(
        handle, buffer.handle, blocking, range.lowerBound, range.count, storage.baseAddress, 0, nil, nil)
      initialized = status == CL_SUCCESS ? capacity : 0
    }
    try check("clEnqueueReadBuffer", ByteSize(range.count).description) { status }
    return elements
  }

  /// Enqueues a copy of `count` elements of `buffer` from its element `start`, or of all from there, and flushes.
  public func enqueueRead<Element>(
    _ buffer: Buffer<Element>, at start: Int = 0, count: Int? = nil
  ) throws(OpenCLError) -> PendingRead<Element> {
    let range = try buffer.byteRange(at: start, count: count, for: "clEnqueueReadBuffer")
    let memory = HostMemory(byteCount: range.count, alignment: MemoryLayout<Element>.alignment)
    guard !range.isEmpty else { return PendingRead(into: memory, event: nil) }
    let event = try event("clEnqueueReadBuffer", ByteSize(range.count).description) {
      clEnqueueReadBuffer(
        handle, buffer.handle, nonBlocking, range.lowerBound, range.count, memory.bytes.baseAddress, 0, nil, $0)
    }
    // From here the device may write: whatever happens next, `read` waits for that before the memory goes.
    let read = PendingRead<Element>(into: memory, event: event)
    try flush()
    return read
  }

  // MARK: On the device

  /// Enqueues a copy of `count` elements from one buffer to another, or within one where they do not overlap.
  public func copy<Element>(
    from source: Buffer<Element>, at sourceStart: Int = 0,
    to destination: Buffer<Element>, at destinationStart: Int = 0, count: Int
  ) throws(OpenCLError) {
    let from = try source.byteRange(at: sourceStart, count: count, for: "clEnqueueCopyBuffer")
    let to = try destination.byteRange(at: destinationStart, count: count, for: "clEnqueueCopyBuffer")
    guard !from.isEmpty else { return }
    try check("clEnqueueCopyBuffer", ByteSize(from.count).description) {
      clEnqueueCopyBuffer(
        handle, source.handle, destination.handle, from.lowerBound, to.lowerBound, from.count, 0, nil, nil)
    }
  }

  /// Enqueues setting `count` elements of `buffer` from its element `start`, or all from there, to `value`.
  ///
  /// OpenCL fills with elements of 1, 2, 4 … 128 bytes only.
  public func fill<Element>(
    _ buffer: Buffer<Element>, with value: Element, at start: Int = 0, count: Int? = nil
  ) throws(OpenCLError) {
    let range = try buffer.byteRange(at: start, count: count, for: "clEnqueueFillBuffer")
    guard !range.isEmpty else { return }
    try fill(range, of: buffer, with: value)
  }

  /// Enqueues filling bytes of `buffer` with copies of `pattern`.
  func fill<Pattern: BitwiseCopyable>(
    _ range: Range<Int>, of buffer: Buffer<some BitwiseCopyable>, with pattern: Pattern
  ) throws(OpenCLError) {
    try check("clEnqueueFillBuffer", "\(ByteSize(range.count)) by \(MemoryLayout<Pattern>.stride) bytes") {
      withUnsafePointer(to: pattern) {
        clEnqueueFillBuffer(
          handle, buffer.handle, $0, MemoryLayout<Pattern>.stride, range.lowerBound, range.count, 0, nil, nil)
      }
    }
  }
}
