/// Which of the two sets of kernels runs: the same operations, shaped for different hardware.
public enum KernelFamily: String, CaseIterable, Sendable {
  /// For CPU-type devices: work-groups of one work-item, explicit vectors, no barriers.
  case simd
  /// For GPU-type devices: work-groups of many work-items that share local memory.
  case simt

  /// Takes the names that they had before, too: `panel` and `workgroup`.
  public init?(rawValue: String) {
    switch rawValue {
    case "simd", "panel": self = .simd
    case "simt", "workgroup": self = .simt
    default: return nil
    }
  }
}
