// NVIDIA's compiler rounds to fp16 by an instruction, where libclc has a hundred: the same numbers, in the time that a
// GPU would take.
#define OF_SPACE(space)                                                                                         \
  __attribute__((overloadable, always_inline)) void store_rounded(float x, size_t i, space half* p) {           \
    ushort bits;                                                                                                \
    __asm__("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));                                                    \
    ((space ushort*)p)[i] = bits;                                                                               \
  }
OF_SPACE(__global)
OF_SPACE(__local)
OF_SPACE(__private)
#undef OF_SPACE
#define vstore_half_rte store_rounded
