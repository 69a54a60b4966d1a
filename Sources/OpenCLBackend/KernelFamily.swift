/// Which of the two sets of kernels runs: the same operations, shaped for different hardware.
public enum KernelFamily: String, CaseIterable, Sendable {
  /// For CPU-type devices: work-groups of one work-item, explicit vectors, no barriers.
  case panel
  /// For GPU-type devices: work-groups that share local memory.
  case workgroup
}
