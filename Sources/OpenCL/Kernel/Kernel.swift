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

  /// Objects that must live until other arguments are bound: OpenCL does not retain the buffers bound to a kernel.
  private var bound: [AnyObject?]

  /// Takes over the reference to a kernel of `device`.
  init(_ handle: cl_kernel, name: String, device: Device) throws(OpenCLError) {
    self.handle = handle
    self.name = name
    do {
      let kernel = InfoQuery("clGetKernelInfo") { clGetKernelInfo(handle, $0, $1, $2, $3) }
      argumentCount = try kernel.count(CL_KERNEL_NUM_ARGS)
      let group = InfoQuery("clGetKernelWorkGroupInfo") {
        clGetKernelWorkGroupInfo(handle, device.id, $0, $1, $2, $3)
      }
      maxWorkGroupSize = try group.count(CL_KERNEL_WORK_GROUP_SIZE)
      preferredWorkGroupSizeMultiple = try group.count(CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE)
      localMemory = try group.count(CL_KERNEL_LOCAL_MEM_SIZE)
      let required = try group.sizes(CL_KERNEL_COMPILE_WORK_GROUP_SIZE)
      compileWorkGroupSize =
        required.count == 3 && required[0] > 0 ? NDRange(required[0], required[1], required[2]) : nil
      bound = Array(repeating: nil, count: argumentCount)
    } catch {
      clReleaseKernel(handle)
      throw error
    }
  }

  /// The same function of the same program, without arguments.
  private init(copying kernel: Kernel) throws(OpenCLError) {
    var program: cl_program?
    try check("clGetKernelInfo", kernel.name) {
      clGetKernelInfo(kernel.handle, cl_kernel_info(CL_KERNEL_PROGRAM), MemoryLayout<cl_program?>.size, &program, nil)
    }
    handle = try create("clCreateKernel", kernel.name) { clCreateKernel(program, kernel.name, $0) }
    name = kernel.name
    argumentCount = kernel.argumentCount
    maxWorkGroupSize = kernel.maxWorkGroupSize
    preferredWorkGroupSizeMultiple = kernel.preferredWorkGroupSizeMultiple
    localMemory = kernel.localMemory
    compileWorkGroupSize = kernel.compileWorkGroupSize
    bound = Array(repeating: nil, count: argumentCount)
  }

  deinit { clReleaseKernel(handle) }

  /// Another object of the same function, whose arguments are its own.
  public func copy() throws(OpenCLError) -> Kernel { try Kernel(copying: self) }

  // MARK: Binding

  /// Binds every argument, in the order in which the kernel declares them.
  public func bind<each Argument: KernelArgument>(_ arguments: repeat each Argument) throws(OpenCLError) {
    var count = 0
    for _ in repeat (each Argument).self { count += 1 }
    guard count == argumentCount else {
      throw OpenCLError(
        routine: "clSetKernelArg", status: .invalidKernelArguments,
        context: "\(name) declares \(argumentCount) arguments, \(count) are given")
    }
    var index = 0
    for argument in repeat each arguments {
      try argument.bind(to: self, at: index)
      index += 1
    }
  }

  /// Binds one argument and leaves the others as they are.
  public func bind(at index: Int, _ argument: some KernelArgument) throws(OpenCLError) {
    try argument.bind(to: self, at: index)
  }

  /// Binds the bytes of a number or of a handle, and keeps the handle's object alive.
  func set<Value: BitwiseCopyable>(_ value: Value, keeping object: AnyObject?, at index: Int) throws(OpenCLError) {
    try withUnsafePointer(to: value) { (value) throws(OpenCLError) in
      try set(value, byteCount: MemoryLayout<Value>.size, keeping: object, at: index)
    }
  }

  /// Binds local memory.
  func setLocal(byteCount: Int, at index: Int) throws(OpenCLError) {
    try set(nil, byteCount: byteCount, keeping: nil, at: index)
  }

  private func set(
    _ value: UnsafeRawPointer?, byteCount: Int, keeping object: AnyObject?, at index: Int
  ) throws(OpenCLError) {
    guard 0..<argumentCount ~= index else {
      throw OpenCLError(
        routine: "clSetKernelArg", status: .invalidArgumentIndex,
        context: "argument \(index) of \(name), which declares \(argumentCount)")
    }
    try check("clSetKernelArg", "argument \(index) of \(name), \(byteCount) bytes") {
      clSetKernelArg(handle, cl_uint(index), byteCount, value)
    }
    // An argument is a buffer always or never: numbers need not look.
    if let object { bound[index] = object }
  }
}
