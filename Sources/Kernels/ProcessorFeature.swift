internal import CKernels

/// Instructions of the host's processor that kernels may use by inline assembly, where they are compiled for it.
public enum ProcessorFeature: Sendable {
  /// `vdpbf16ps` on 512 bits.
  case avx512BF16
  /// `vpdpbusd` on 512 bits.
  case avx512VNNI

  /// Whether this processor has them.
  public var isPresent: Bool {
    switch self {
    case .avx512BF16: gpt2_has_avx512_bf16()
    case .avx512VNNI: gpt2_has_avx512_vnni()
    }
  }
}
