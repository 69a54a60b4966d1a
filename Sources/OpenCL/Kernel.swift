internal import COpenCL

/// A kernel function and the arguments bound to it.
///
/// Not Sendable: binding is the one thing in OpenCL that is not thread-safe (OpenCL 1.2, appendix A.2).
public final class Kernel {
  let handle: cl_kernel

  /// The function's name.
  public let name: String
  /// How many arguments it declares.
  public let argumentCount: Int
  /// The most work-items of one work-group of this kernel.
  public let maxWorkGroupSize: Int
  /// Work-groups of a multiple of this size leave no lanes idle.
  public let preferredWorkGroupSizeMultiple: Int
  /// The local memory a work-group takes, in bytes, before local arguments are bound.
  public let localMemory: Int
  /// The work-group size the source requires (`reqd_work_group_size`), if it does.
  public let compileWorkGroupSize: NDRange?

  /// What must live until other arguments are bound: OpenCL does not retain the buffers bound to a kernel.
  private var bound: [AnyObject?]

  /// Takes over the reference to a kernel of `device`.
  init(_ handle: cl_kernel, name: String, device: Device) throws(OpenCLError) {
    self.handle = handle
    self.name = name
    do {
      let kernel = InfoQuery("clGetKernelInfo") { clGetKernelInfo(handle, $0, $1, $2, $3) }
      argumentCount = try kernel.integer(CL_KERNEL_NUM_ARGS, as: cl_uint.self)
      let group = InfoQuery("clGetKernelWorkGroupInfo") {
        clGetKernelWorkGroupInfo(handle, device.id, $0, $1, $2, $3)
      }
      maxWorkGroupSize = try group.value(CL_KERNEL_WORK_GROUP_SIZE)
      preferredWorkGroupSizeMultiple = try group.value(CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE)
      localMemory = try group.integer(CL_KERNEL_LOCAL_MEM_SIZE, as: cl_ulong.self)
      let required = try group.array(CL_KERNEL_COMPILE_WORK_GROUP_SIZE, of: Int.self)
      compileWorkGroupSize =
        required.count == 3 && required[0] > 0 ? NDRange(required[0], required[1], required[2]) : nil
      bound = Array(repeating: nil, count: argumentCount)
    } catch {
      clReleaseKernel(handle)
      throw error
    }
  }

  deinit { clReleaseKernel(handle) }

  // MARK: Binding

  /// Binds every argument, in the order in which the kernel declares them.
  public func bind<each Argument: KernelArgument>(_ arguments: repeat each Argument) throws(OpenCLError) {
    var count = 0
    for argument in repeat each arguments {
      try argument.bind(to: self, at: count)
      count += 1
    }
    guard count == argumentCount else {
      throw OpenCLError(
        routine: "clSetKernelArg", status: .invalidKernelArguments,
        context: "\(name) declares \(argumentCount) arguments, \(count) are given")
    }
  }

  /// Binds one argument and leaves the others as they are.
  public func bind(at index: Int, _ argument: some KernelArgument) throws(OpenCLError) {
    try argument.bind(to: self, at: index)
  }

  /// Binds a number.
  func setValue<Value: BitwiseCopyable>(_ value: Value, at index: Int) throws(OpenCLError) {
    try withUnsafePointer(to: value) { (value) throws(OpenCLError) in
      try set(value, byteCount: MemoryLayout<Value>.size, keeping: nil, at: index)
    }
  }

  /// Binds a buffer, and keeps it alive.
  func setBuffer<Element>(_ buffer: Buffer<Element>, at index: Int) throws(OpenCLError) {
    try withUnsafePointer(to: buffer.handle) { (handle) throws(OpenCLError) in
      try set(handle, byteCount: MemoryLayout<cl_mem>.size, keeping: buffer, at: index)
    }
  }

  /// Binds local memory of some bytes.
  func setLocal(byteCount: Int, at index: Int) throws(OpenCLError) {
    try set(nil, byteCount: byteCount, keeping: nil, at: index)
  }

  private func set(
    _ value: UnsafeRawPointer?, byteCount: Int, keeping object: AnyObject?, at index: Int
  ) throws(OpenCLError) {
    guard bound.indices.contains(index) else {
      throw OpenCLError(
        routine: "clSetKernelArg", status: .invalidArgumentIndex,
        context: "argument \(index) of \(name), which declares \(argumentCount)")
    }
    try check("clSetKernelArg", "argument \(index) of \(name), \(byteCount) bytes") {
      clSetKernelArg(handle, cl_uint(index), byteCount, value)
    }
    bound[index] = object
  }
}
