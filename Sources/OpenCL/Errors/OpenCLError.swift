/// A failed OpenCL call: its routine, the reason, and its subject.
public struct OpenCLError: Error, Sendable {
  /// The C routine that failed, or whose arguments were refused in advance.
  public let routine: String
  /// Why it failed.
  public let status: Status
  /// The call's subject: a buffer's size, a kernel's name.
  public let context: String?
  /// The compiler's messages, where a program did not build.
  public let buildLog: String?
  /// The folder without room, where that is why nothing was compiled.
  public let fullFolder: String?

  /// A failure of `routine`.
  public init(routine: String, status: Status, context: String? = nil, buildLog: String? = nil) {
    self.routine = routine
    self.status = status
    self.context = context
    self.buildLog = buildLog
    fullFolder = nil
  }

  /// A program that was not compiled, because the folder in which the driver compiles has no room.
  init(fullFolder: String) {
    routine = "clBuildProgram"
    status = .buildProgramFailure
    context = nil
    buildLog = nil
    self.fullFolder = fullFolder
  }

  /// Whether the same call may succeed with less memory in use or asked for.
  ///
  /// `CL_OUT_OF_RESOURCES` counts: NVIDIA answers it when an allocation, made lazily, does not fit.
  public var isOutOfMemory: Bool {
    switch status {
    case .memoryObjectAllocationFailure, .outOfResources, .outOfHostMemory, .invalidBufferSize: true
    default: false
    }
  }
}

extension OpenCLError: CustomStringConvertible {
  /// A sentence for a person, the C names for a search, and the compiler's words.
  public var description: String {
    if let fullFolder {
      return "\(fullFolder) has no room for compiled kernels, which take some megabytes: make room there."
    }
    var text = explanation
    if let context { text += ": \(context)" }
    text += " (\(routine): \(status.name))"
    if let buildLog, !buildLog.isEmpty { text += "\n\(buildLog)" }
    return text
  }

  private var explanation: String {
    switch status {
    case .memoryObjectAllocationFailure: "The OpenCL device has no memory left"
    case .outOfResources: "The OpenCL device ran out of memory or registers, or a kernel failed on it"
    case .outOfHostMemory: "The OpenCL driver ran out of host memory"
    case .invalidBufferSize: "The OpenCL device cannot have a buffer of this size"
    case .deviceNotAvailable: "The OpenCL device is not available; another process may hold it"
    case .compilerNotAvailable: "The OpenCL driver has no compiler for kernels"
    case .platformNotFound: "No OpenCL driver is installed"
    case .buildProgramFailure: "The OpenCL compiler refused a program"
    case .invalidBuildOptions: "The OpenCL compiler does not know its options"
    case .invalidKernelName: "The OpenCL program has no such kernel"
    case .invalidWorkGroupSize: "The OpenCL device cannot run work-groups of this shape"
    case .invalidKernelArguments: "An OpenCL kernel's arguments are not what it declares"
    default: "An OpenCL call failed"
    }
  }
}
