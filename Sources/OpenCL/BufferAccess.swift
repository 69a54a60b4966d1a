internal import COpenCL

/// What kernels may do with a buffer.
public enum BufferAccess: Sendable {
  /// Read and write.
  case readWrite
  /// Only read: weights.
  case readOnly

  var flags: cl_mem_flags {
    switch self {
    case .readWrite: cl_mem_flags(CL_MEM_READ_WRITE)
    case .readOnly: cl_mem_flags(CL_MEM_READ_ONLY)
    }
  }
}
