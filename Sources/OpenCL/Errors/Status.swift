internal import COpenCL

/// The answer of an OpenCL routine: zero for success, a negative code for the reason of a failure.
public struct Status: RawRepresentable, Hashable, Sendable {
  /// The C code.
  public let rawValue: Int32

  /// A status from its C code.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The call succeeded. The corresponding C constant is `CL_SUCCESS`.
  public static let success = Status(rawValue: CL_SUCCESS)
  /// A platform has no device of the type asked for. The corresponding C constant is `CL_DEVICE_NOT_FOUND`.
  public static let deviceNotFound = Status(rawValue: CL_DEVICE_NOT_FOUND)
  /// The device exists, but cannot be used now. The corresponding C constant is `CL_DEVICE_NOT_AVAILABLE`.
  public static let deviceNotAvailable = Status(rawValue: CL_DEVICE_NOT_AVAILABLE)
  /// The driver has no OpenCL C compiler. The corresponding C constant is `CL_COMPILER_NOT_AVAILABLE`.
  public static let compilerNotAvailable = Status(rawValue: CL_COMPILER_NOT_AVAILABLE)
  /// The device has no room for a buffer. The corresponding C constant is `CL_MEM_OBJECT_ALLOCATION_FAILURE`.
  public static let memoryObjectAllocationFailure = Status(rawValue: CL_MEM_OBJECT_ALLOCATION_FAILURE)
  /// The device ran out of something it needs. The corresponding C constant is `CL_OUT_OF_RESOURCES`.
  public static let outOfResources = Status(rawValue: CL_OUT_OF_RESOURCES)
  /// The driver could not allocate host memory. The corresponding C constant is `CL_OUT_OF_HOST_MEMORY`.
  public static let outOfHostMemory = Status(rawValue: CL_OUT_OF_HOST_MEMORY)
  /// A program did not compile. The corresponding C constant is `CL_BUILD_PROGRAM_FAILURE`.
  public static let buildProgramFailure = Status(rawValue: CL_BUILD_PROGRAM_FAILURE)
  /// An argument of the call is out of range. The corresponding C constant is `CL_INVALID_VALUE`.
  public static let invalidValue = Status(rawValue: CL_INVALID_VALUE)
  /// A compiler option is unknown. The corresponding C constant is `CL_INVALID_BUILD_OPTIONS`.
  public static let invalidBuildOptions = Status(rawValue: CL_INVALID_BUILD_OPTIONS)
  /// A program has no kernel of this name. The corresponding C constant is `CL_INVALID_KERNEL_NAME`.
  public static let invalidKernelName = Status(rawValue: CL_INVALID_KERNEL_NAME)
  /// A kernel has no argument of this index. The corresponding C constant is `CL_INVALID_ARG_INDEX`.
  public static let invalidArgumentIndex = Status(rawValue: CL_INVALID_ARG_INDEX)
  /// Not every argument of a kernel is bound. The corresponding C constant is `CL_INVALID_KERNEL_ARGS`.
  public static let invalidKernelArguments = Status(rawValue: CL_INVALID_KERNEL_ARGS)
  /// The device cannot run such a work-group. The corresponding C constant is `CL_INVALID_WORK_GROUP_SIZE`.
  public static let invalidWorkGroupSize = Status(rawValue: CL_INVALID_WORK_GROUP_SIZE)
  /// The device cannot have a buffer of this size. The corresponding C constant is `CL_INVALID_BUFFER_SIZE`.
  public static let invalidBufferSize = Status(rawValue: CL_INVALID_BUFFER_SIZE)
  /// The loader found no driver. The corresponding C constant is `CL_PLATFORM_NOT_FOUND_KHR`.
  public static let platformNotFound = Status(rawValue: CL_PLATFORM_NOT_FOUND_KHR)
}

extension Status: CustomStringConvertible {
  /// The C name, such as `CL_OUT_OF_RESOURCES`; the number where OpenCL 1.2 has no name for it.
  public var name: String {
    switch -Int(rawValue) {
    case 0: "CL_SUCCESS"
    case let code where Self.failures.indices ~= code - 1: Self.failures[code - 1]
    case let code where Self.invalidities.indices ~= code - 30: Self.invalidities[code - 30]
    case -Int(CL_PLATFORM_NOT_FOUND_KHR): "CL_PLATFORM_NOT_FOUND_KHR"
    default: "OpenCL status \(rawValue)"
    }
  }

  /// The C name.
  public var description: String { name }

  /// The names of -1, -2 and so on.
  private static let failures = [
    "CL_DEVICE_NOT_FOUND", "CL_DEVICE_NOT_AVAILABLE", "CL_COMPILER_NOT_AVAILABLE", "CL_MEM_OBJECT_ALLOCATION_FAILURE",
    "CL_OUT_OF_RESOURCES", "CL_OUT_OF_HOST_MEMORY", "CL_PROFILING_INFO_NOT_AVAILABLE", "CL_MEM_COPY_OVERLAP",
    "CL_IMAGE_FORMAT_MISMATCH", "CL_IMAGE_FORMAT_NOT_SUPPORTED", "CL_BUILD_PROGRAM_FAILURE", "CL_MAP_FAILURE",
    "CL_MISALIGNED_SUB_BUFFER_OFFSET", "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", "CL_COMPILE_PROGRAM_FAILURE",
    "CL_LINKER_NOT_AVAILABLE", "CL_LINK_PROGRAM_FAILURE", "CL_DEVICE_PARTITION_FAILED",
    "CL_KERNEL_ARG_INFO_NOT_AVAILABLE",
  ]

  /// The names of -30, -31 and so on.
  private static let invalidities = [
    "CL_INVALID_VALUE", "CL_INVALID_DEVICE_TYPE", "CL_INVALID_PLATFORM", "CL_INVALID_DEVICE", "CL_INVALID_CONTEXT",
    "CL_INVALID_QUEUE_PROPERTIES", "CL_INVALID_COMMAND_QUEUE", "CL_INVALID_HOST_PTR", "CL_INVALID_MEM_OBJECT",
    "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR", "CL_INVALID_IMAGE_SIZE", "CL_INVALID_SAMPLER", "CL_INVALID_BINARY",
    "CL_INVALID_BUILD_OPTIONS", "CL_INVALID_PROGRAM", "CL_INVALID_PROGRAM_EXECUTABLE", "CL_INVALID_KERNEL_NAME",
    "CL_INVALID_KERNEL_DEFINITION", "CL_INVALID_KERNEL", "CL_INVALID_ARG_INDEX", "CL_INVALID_ARG_VALUE",
    "CL_INVALID_ARG_SIZE", "CL_INVALID_KERNEL_ARGS", "CL_INVALID_WORK_DIMENSION", "CL_INVALID_WORK_GROUP_SIZE",
    "CL_INVALID_WORK_ITEM_SIZE", "CL_INVALID_GLOBAL_OFFSET", "CL_INVALID_EVENT_WAIT_LIST", "CL_INVALID_EVENT",
    "CL_INVALID_OPERATION", "CL_INVALID_GL_OBJECT", "CL_INVALID_BUFFER_SIZE", "CL_INVALID_MIP_LEVEL",
    "CL_INVALID_GLOBAL_WORK_SIZE", "CL_INVALID_PROPERTY", "CL_INVALID_IMAGE_DESCRIPTOR",
    "CL_INVALID_COMPILER_OPTIONS", "CL_INVALID_LINKER_OPTIONS", "CL_INVALID_DEVICE_PARTITION_COUNT",
  ]
}
