// What the host's processor has beyond the baseline that the host's code is compiled for.
#include "CKernels.h"

#if defined(__x86_64__)
bool gpt2_has_avx512_bf16(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16");
}
bool gpt2_has_avx512_vnni(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}
#else
bool gpt2_has_avx512_bf16(void) { return false; }
bool gpt2_has_avx512_vnni(void) { return false; }
#endif
