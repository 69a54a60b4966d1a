internal import COpenCL

/// What an OpenCL routine answered: zero for success, a negative code for the reason of a failure.
public struct Status: RawRepresentable, Hashable, Sendable {
  /// The C code.
  public let rawValue: Int32

  /// A status from its C code.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The call did what it should. The corresponding C constant is `CL_SUCCESS`.
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
  /// Times were asked of a queue that keeps none. The corresponding C constant is `CL_PROFILING_INFO_NOT_AVAILABLE`.
  public static let profilingInfoNotAvailable = Status(rawValue: CL_PROFILING_INFO_NOT_AVAILABLE)
  /// Source and destination of a copy overlap. The corresponding C constant is `CL_MEM_COPY_OVERLAP`.
  public static let memoryCopyOverlap = Status(rawValue: CL_MEM_COPY_OVERLAP)
  /// A program did not compile. The corresponding C constant is `CL_BUILD_PROGRAM_FAILURE`.
  public static let buildProgramFailure = Status(rawValue: CL_BUILD_PROGRAM_FAILURE)
  /// A program keeps no argument names and types.
  /// The corresponding C constant is `CL_KERNEL_ARG_INFO_NOT_AVAILABLE`.
  public static let kernelArgumentInfoNotAvailable = Status(rawValue: CL_KERNEL_ARG_INFO_NOT_AVAILABLE)
  /// An argument of the call is out of range. The corresponding C constant is `CL_INVALID_VALUE`.
  public static let invalidValue = Status(rawValue: CL_INVALID_VALUE)
  /// A program binary is not one of this device. The corresponding C constant is `CL_INVALID_BINARY`.
  public static let invalidBinary = Status(rawValue: CL_INVALID_BINARY)
  /// A compiler option is unknown. The corresponding C constant is `CL_INVALID_BUILD_OPTIONS`.
  public static let invalidBuildOptions = Status(rawValue: CL_INVALID_BUILD_OPTIONS)
  /// A program has no kernel of this name. The corresponding C constant is `CL_INVALID_KERNEL_NAME`.
  public static let invalidKernelName = Status(rawValue: CL_INVALID_KERNEL_NAME)
  /// A kernel has no argument of this index. The corresponding C constant is `CL_INVALID_ARG_INDEX`.
  public static let invalidArgumentIndex = Status(rawValue: CL_INVALID_ARG_INDEX)
  /// An argument is not of the kernel's size. The corresponding C constant is `CL_INVALID_ARG_SIZE`.
  public static let invalidArgumentSize = Status(rawValue: CL_INVALID_ARG_SIZE)
  /// Not every argument of a kernel is bound. The corresponding C constant is `CL_INVALID_KERNEL_ARGS`.
  public static let invalidKernelArguments = Status(rawValue: CL_INVALID_KERNEL_ARGS)
  /// The device cannot run such a work-group. The corresponding C constant is `CL_INVALID_WORK_GROUP_SIZE`.
  public static let invalidWorkGroupSize = Status(rawValue: CL_INVALID_WORK_GROUP_SIZE)
  /// The device cannot have a buffer of this size. The corresponding C constant is `CL_INVALID_BUFFER_SIZE`.
  public static let invalidBufferSize = Status(rawValue: CL_INVALID_BUFFER_SIZE)
  /// A grid has an impossible size. The corresponding C constant is `CL_INVALID_GLOBAL_WORK_SIZE`.
  public static let invalidGlobalWorkSize = Status(rawValue: CL_INVALID_GLOBAL_WORK_SIZE)
  /// The loader found no driver. The corresponding C constant is `CL_PLATFORM_NOT_FOUND_KHR`.
  public static let platformNotFound = Status(rawValue: CL_PLATFORM_NOT_FOUND_KHR)
}
