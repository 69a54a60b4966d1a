internal import CHost

/// Instructions of the host's processor beyond the baseline that the host's code is compiled for.
package enum ProcessorFeature: Sendable {
  /// AVX2 and FMA.
  case avx2FMA
  /// AVX-512 F, DQ, BW and VL.
  case avx512
  /// `vdpbf16ps` on 512 bits.
  case avx512BF16
  /// `vpdpbusd` on 512 bits.
  case avx512VNNI

  /// Whether this processor has them.
  package var isPresent: Bool {
    switch self {
    case .avx2FMA: gpt2_has_avx2_fma()
    case .avx512: gpt2_has_avx512()
    case .avx512BF16: gpt2_has_avx512_bf16()
    case .avx512VNNI: gpt2_has_avx512_vnni()
    }
  }
}
