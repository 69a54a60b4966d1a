internal import COpenCL

/// Compiled kernels of one device.
///
/// Sendable, because it never changes once it is built.
public final class Program: @unchecked Sendable {
  private let handle: cl_program

  /// Where its kernels live.
  public let context: Context

  /// Under which a cache keeps it; nil where it came from one.
  private let key: ProgramKey?

  /// Whether it was compiled now, rather than found in a cache.
  package var isNew: Bool { key != nil }

  /// Compiles OpenCL C; where it does not compile, the error carries the compiler's words.
  ///
  /// - Parameters:
  ///   - options: The compiler's, such as `-D WIDTH=64 -cl-mad-enable`.
  ///   - cache: Where to look for the compiled program first.
  public init(
    _ context: Context, source: String, options: String = "", cache: ProgramCache? = nil
  ) throws(OpenCLError) {
    self.context = context
    let key = ProgramKey(source: source, options: options, device: context.device)
    // Whatever is wrong with a kept program, its source is at hand.
    if let binary = cache?.binary(for: key), let kept = try? Self.load(binary, in: context, options: options) {
      handle = kept
      self.key = nil
    } else {
      if let folder = CompilerFolder.withoutRoom(for: context.device) { throw OpenCLError(fullFolder: folder) }
      handle = try Compilation.measure(for: context.device) { () throws(OpenCLError) in
        try CompilerLock.hold(for: context.device) { () throws(OpenCLError) in
          try Self.compile(source, in: context, options: options)
        }
      }
      self.key = key
    }
  }

  /// How many kernels it has.
  package var kernelCount: Int {
    get throws(OpenCLError) {
      let info = InfoQuery("clGetProgramInfo") { clGetProgramInfo(self.handle, $0, $1, $2, $3) }
      return try info.count(CL_PROGRAM_NUM_KERNELS)
    }
  }

  /// Leaves the compiled program for the next time, unless it came from a cache.
  ///
  /// A step of its own, for when there is time: PoCL compiles for it every kernel that has not been launched, and needs
  /// room to do so.
  public func keep(in cache: ProgramCache) {
    guard let key else { return }
    if let folder = CompilerFolder.withoutRoom(for: context.device) { return CacheRoom.reportFull(folder) }
    CompilerLock.hold(for: context.device) {
      // Another process may have kept it meanwhile.
      guard cache.binary(for: key) == nil, let binary = try? Self.binary(of: handle) else { return }
      cache.store(binary, for: key)
    }
  }

  deinit { clReleaseProgram(handle) }

  /// The kernel function `name`, with arguments of its own.
  public func kernel(named name: String) throws(OpenCLError) -> Kernel {
    let kernel = try create("clCreateKernel", name) { clCreateKernel(handle, name, $0) }
    return try Kernel(kernel, name: name, device: context.device)
  }

  private static func compile(
    _ source: String, in context: Context, options: String
  ) throws(OpenCLError) -> cl_program {
    let program = try create("clCreateProgramWithSource") { status in
      source.withCString { text in
        withUnsafePointer(to: Optional(text)) { text in
          // C takes strings it will not write through pointers that could.
          clCreateProgramWithSource(context.handle, 1, UnsafeMutablePointer(mutating: text), nil, status)
        }
      }
    }
    try build(program, for: context.device, options: options)
    return program
  }

  private static func load(
    _ binary: [UInt8], in context: Context, options: String
  ) throws(OpenCLError) -> cl_program {
    let program = try create("clCreateProgramWithBinary") { status in
      binary.withUnsafeBufferPointer { bytes in
        var device: cl_device_id? = context.device.id
        var length = bytes.count
        var start = bytes.baseAddress
        return clCreateProgramWithBinary(context.handle, 1, &device, &length, &start, nil, status)
      }
    }
    try build(program, for: context.device, options: options)
    return program
  }

  /// Compiles or links; lets go of the program where that fails.
  private static func build(_ program: cl_program, for device: Device, options: String) throws(OpenCLError) {
    do {
      try check("clBuildProgram", options) { clBuildProgram(program, 0, nil, options, nil, nil) }
    } catch {
      let info = InfoQuery("clGetProgramBuildInfo") { clGetProgramBuildInfo(program, device.id, $0, $1, $2, $3) }
      let log = try? info.string(CL_PROGRAM_BUILD_LOG)
      clReleaseProgram(program)
      throw OpenCLError(routine: error.routine, status: error.status, context: error.context, buildLog: log)
    }
  }

  /// The program in the driver's own form.
  private static func binary(of program: cl_program) throws(OpenCLError) -> [UInt8] {
    let info = InfoQuery("clGetProgramInfo") { clGetProgramInfo(program, $0, $1, $2, $3) }
    let size = try info.count(CL_PROGRAM_BINARY_SIZES)
    var binary = [UInt8](repeating: 0, count: size)
    try check("clGetProgramInfo") {
      binary.withUnsafeMutableBufferPointer { bytes in
        var start = bytes.baseAddress
        return clGetProgramInfo(
          program, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout.size(ofValue: start), &start, nil)
      }
    }
    return binary
  }
}
