#include "CSystem.h"

#if defined(__x86_64__)
bool gpt2_has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
}
bool gpt2_has_avx2_fma(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool gpt2_has_avx512_bf16(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16");
}
bool gpt2_has_avx512_vnni(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}
#else
bool gpt2_has_avx512(void) { return false; }
bool gpt2_has_avx2_fma(void) { return false; }
bool gpt2_has_avx512_bf16(void) { return false; }
bool gpt2_has_avx512_vnni(void) { return false; }
#endif
