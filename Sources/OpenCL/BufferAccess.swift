/// What kernels may do with a buffer.
public enum BufferAccess: Sendable {
  /// Read and write.
  case readWrite
  /// Only read: weights.
  case readOnly
}
