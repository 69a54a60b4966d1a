#pragma once
#include <stdbool.h>
#include <stddef.h>

// Instructions that this processor has beyond the baseline that the host's code is compiled for.

/// AVX-512 F, DQ, BW and VL.
bool gpt2_has_avx512(void);
/// AVX2 and FMA.
bool gpt2_has_avx2_fma(void);
/// `vdpbf16ps` on 512 bits.
bool gpt2_has_avx512_bf16(void);
/// `vpdpbusd` on 512 bits.
bool gpt2_has_avx512_vnni(void);

// Mapped files. Where a file is cut short while it is mapped, reading past its end is answered with SIGBUS.

/// Notes that a file is mapped, with the line that says whose end was read past; returns its slot, -1 where none is left.
int gpt2_note_mapping(const void *start, size_t size, const char *line);
/// Forgets a mapping, before it goes.
void gpt2_forget_mapping(int slot);
/// From now on SIGBUS inside a noted mapping ends the program with its line and this status; others do as before.
void gpt2_watch_mappings(int status);

/// For loops that wait for another thread: spares the core's resources and the memory's.
static inline void gpt2_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
