#pragma once
#include <stdbool.h>

// Instructions that this processor has beyond the baseline that the host's code is compiled for.

/// AVX-512 F, DQ, BW and VL.
bool gpt2_has_avx512(void);
/// AVX2 and FMA.
bool gpt2_has_avx2_fma(void);
/// `vdpbf16ps` on 512 bits.
bool gpt2_has_avx512_bf16(void);
/// `vpdpbusd` on 512 bits.
bool gpt2_has_avx512_vnni(void);

/// For loops that wait for another thread: spares the core's resources and the memory's.
static inline void gpt2_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
