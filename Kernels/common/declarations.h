// The built-in functions that the kernels outside simt/ call, as clang's opencl-c.h declares them. PoCL reads all of
// its 18,000 lines for each program; KernelLibrary leaves them out, and puts this file before the program.
#define PURE __attribute__((overloadable, const))
#define READS __attribute__((overloadable, pure))
#define CHANGES __attribute__((overloadable))

size_t PURE get_global_id(uint);
size_t PURE get_local_id(uint);
size_t PURE get_group_id(uint);
size_t PURE get_num_groups(uint);
size_t PURE get_global_size(uint);

#define DECLARE(F, I, U)  \
  F PURE fma(F, F, F);    \
  F PURE clamp(F, F, F);  \
  F PURE fmax(F, F);      \
  F PURE fmin(F, F);      \
  F PURE fabs(F);         \
  F PURE rint(F);         \
  F PURE sqrt(F);         \
  F PURE exp(F);          \
  F PURE log(F);          \
  F PURE log1p(F);        \
  F PURE tanh(F);         \
  F PURE erf(F);          \
  I PURE isgreater(F, F); \
  I PURE isless(F, F);    \
  I PURE isequal(F, F);   \
  F PURE select(F, F, I); \
  U PURE select(U, U, U); \
  U PURE select(U, U, I); \
  I PURE min(I, I);       \
  I PURE max(I, I);       \
  U PURE min(U, U);
DECLARE(float, int, uint)
DECLARE(float16, int16, uint16)
#undef DECLARE

uint PURE max(uint, uint);
uint2 PURE max(uint2, uint2);
uint4 PURE max(uint4, uint4);
uint8 PURE max(uint8, uint8);
uint16 PURE max(uint16, uint16);
int PURE all(int16);
uint PURE clz(uint);
ulong PURE mul_hi(ulong, ulong);
float16 PURE convert_float16(int16);
int16 PURE convert_int16(float16);
uint16 PURE convert_uint16(ushort16);
ulong16 PURE convert_ulong16(uint16);
long16 PURE convert_long16(int16);
ushort16 PURE convert_ushort16(uint16);
uchar16 PURE convert_uchar16(uint16);

#define DECLARE(T, SPACE)                      \
  T##16 READS vload16(size_t, const SPACE T*); \
  void CHANGES vstore16(T##16, size_t, SPACE T*);
#define DECLARE_TYPES(SPACE)                                \
  DECLARE(float, SPACE)                                     \
  DECLARE(int, SPACE)                                       \
  DECLARE(uint, SPACE)                                      \
  DECLARE(ulong, SPACE)                                     \
  DECLARE(ushort, SPACE)                                    \
  DECLARE(uchar, SPACE)                                     \
  float READS vload_half(size_t, const SPACE half*);        \
  float16 READS vload_half16(size_t, const SPACE half*);    \
  void CHANGES vstore_half_rte(float, size_t, SPACE half*); \
  void CHANGES vstore_half16_rte(float16, size_t, SPACE half*);
DECLARE_TYPES(__global)
DECLARE_TYPES(__private)
#undef DECLARE_TYPES
#undef DECLARE

int CHANGES atomic_add(volatile __global int*, int);
int CHANGES atomic_inc(volatile __global int*);
int CHANGES atomic_cmpxchg(volatile __global int*, int, int);
void CHANGES mem_fence(cl_mem_fence_flags);

#undef PURE
#undef READS
#undef CHANGES
