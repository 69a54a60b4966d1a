// Tensor cores of NVIDIA's GPUs from sm_75 on, by inline PTX (PTX ISA 7.0: cp.async, ldmatrix, mma.sync).
//
// mma multiplies for a warp: sum (16 rows, 8 columns) += a (16, 32 bytes of k) times b (32 bytes of k, 8). A register
// holds 4 bytes of k, which is a slot: 16 bytes are 4 slots, and an mma takes 8 of them. Lane 4 g + t has
//
//   a[0]  slot t of row g        a[1]  slot t of row 8 + g        b[0]  slot t of column g
//   a[2]  slot 4 + t of row g    a[3]  slot 4 + t of row 8 + g    b[1]  slot 4 + t of column g
//   sum[0], sum[1]  columns 2 t and 2 t + 1 of row g, sum[2], sum[3] of row 8 + g
//
// Which slot holds which k is up to the program, where a and b agree: SLOT gives a lane 16 bytes of fp32 in a row.
//
// sm_75 multiplies less at once, by the same registers: 4 slots of fp16, so that a sum is rounded between a's first two
// registers and the others; or 4 slots of integers by 8 rows. It has neither bf16 nor copies that go on by themselves.
// No kernel: others include it, and are empty where DOT_UNIT is another.

#pragma once
#include "simt/linear.h"

#if DOT_UNIT == DOT_MMA
#ifndef MMA_FORM
#define MMA_FORM 0  // of what compilers may read differently: 3 ways to pass a __local pointer, times 2 keywords
#endif
#ifndef MMA_SM
#define MMA_SM 80  // whose instructions these are: 80, 75
#endif
#define HAS_ASYNC_COPIES (MMA_SM >= 80)

#if MMA_FORM < 3
#define ASM __asm__ volatile
#else
#define ASM asm volatile
#endif

/// The address in shared memory that PTX means.
INLINE uint shared_address(__local const void* pointer) {
#if MMA_FORM % 3 == 0  // local pointers are such addresses
  return (uint)(size_t)pointer;
#elif MMA_FORM % 3 == 1  // they are, as operands of PTX
  uint address;
  ASM("cvt.u32.u64 %0, %1;" : "=r"(address) : "l"(pointer));
  return address;
#else  // they are generic
  uint address;
  ASM("{ .reg .u64 a; cvta.to.shared.u64 a, %1; cvt.u32.u64 %0, a; }" : "=r"(address) : "l"(pointer));
  return address;
#endif
}

#if HAS_ASYNC_COPIES
/// Copies `bytes` of 16 bytes, zeros for the others: they are there when the lane has waited for them.
INLINE void copy_async(__local uint4* to, __global const uint4* from, const int bytes) {
  ASM("cp.async.cg.shared.global [%0], [%1], 16, %2;"
      : : "r"(shared_address(to)), "l"(from), "r"(bytes) : "memory");
}

/// Ends a group of copies.
#define COMMIT_COPIES() ASM("cp.async.commit_group;" : : : "memory")
/// Waits for all groups of the lane's copies but the last `left`, a literal.
#define AWAIT_COPIES(left) AWAIT_COPIES_BUT(left)
#define AWAIT_COPIES_BUT(left) ASM("cp.async.wait_group " #left ";" : : : "memory")
#else
/// Copies `bytes` of 16 bytes, a multiple of 4, zeros for the others. Other warps run while this one waits.
INLINE void copy_async(__local uint4* to, __global const uint4* from, const int bytes) {
  __global const uint* words = (__global const uint*)from;
  uint4 found = (uint4)(0);
  if (bytes == 16)
    found = *from;
  else if (bytes > 0)
    found.xyz = (uint3)(words[0], bytes > 4 ? words[1] : 0, bytes > 8 ? words[2] : 0);
  *to = found;
}

#define COMMIT_COPIES()
#define AWAIT_COPIES(left)
#endif

/// Waits for the warp, whose lanes then see what each has written or copied.
#define WARP_BARRIER() ASM("bar.warp.sync 0xffffffff;" : : : "memory")

INLINE uint shuffle_xor(const uint value, const int mask) {
  uint other;
  ASM("shfl.sync.bfly.b32 %0, %1, %2, 31, 0xffffffff;" : "=r"(other) : "r"(value), "r"(mask));
  return other;
}

INLINE uint shuffle_from(const uint value, const int lane) {
  uint other;
  ASM("shfl.sync.idx.b32 %0, %1, %2, 31, 0xffffffff;" : "=r"(other) : "r"(value), "r"(lane));
  return other;
}

/// Four matrices of 8 rows of 16 bytes, whose addresses the lanes give in their order: lane 4 g + t gets slot t of
/// row g of each.
INLINE void load_slots(__local const uint4* row, uint words[4]) {
  ASM("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3]) : "r"(shared_address(row)) : "memory");
}

/// The same transposed: lane 4 g + t gets, as halves of a word, columns g of rows 2 t and 2 t + 1 of each.
INLINE void load_columns_of_halves(__local const uint4* row, uint words[4]) {
  ASM("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3]) : "r"(shared_address(row)) : "memory");
}

#if MMA_SM >= 80
#define MMA_OF_HALVES "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32"
#define MMA_OF_BYTES "mma.sync.aligned.m16n8k32.row.col.s32.s8.u8.s32"
#else
#define MMA_OF_HALVES "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32"
#define MMA_OF_BYTES "mma.sync.aligned.m8n8k16.row.col.s32.s8.u8.s32"
#endif
#if WEIGHT_TYPE == TYPE_INT8
#define SUM int
#define SUM_REGISTER "r"
#define MMA MMA_OF_BYTES
#elif WEIGHT_TYPE == TYPE_BF16
#define SUM float
#define SUM_REGISTER "f"
#define MMA "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"
#else
#define SUM float
#define SUM_REGISTER "f"
#define MMA MMA_OF_HALVES
#endif

#define SUMS_OF(register) \
  "+" register(sum[0]), "+" register(sum[1]), "+" register(sum[2]), "+" register(sum[3])
#define FACTORS "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1])
#if MMA_SM >= 80
#define MULTIPLY_BY(instruction, register)                                                  \
  ASM(instruction " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"        \
      : SUMS_OF(register) : FACTORS)
#define MULTIPLY_BYTES MULTIPLY_BY(MMA_OF_BYTES, "r")
#else
#define MULTIPLY_BY(instruction, register)                                                  \
  ASM(instruction " {%0, %1, %2, %3}, {%4, %5}, {%8}, {%0, %1, %2, %3};\n\t"               \
      instruction " {%0, %1, %2, %3}, {%6, %7}, {%9}, {%0, %1, %2, %3};"                    \
      : SUMS_OF(register) : FACTORS)
#define MULTIPLY_BYTES                                                                      \
  ASM(MMA_OF_BYTES " {%0, %1}, {%4}, {%8}, {%0, %1};\n\t"                                  \
      MMA_OF_BYTES " {%2, %3}, {%5}, {%8}, {%2, %3};\n\t"                                  \
      MMA_OF_BYTES " {%0, %1}, {%6}, {%9}, {%0, %1};\n\t"                                  \
      MMA_OF_BYTES " {%2, %3}, {%7}, {%9}, {%2, %3};"                                       \
      : SUMS_OF("r") : FACTORS)
#endif

/// sum += a times b, of weights.
INLINE void multiply_slots(SUM sum[4], const uint a[4], const uint b[2]) {
#if WEIGHT_TYPE == TYPE_INT8
  MULTIPLY_BYTES;
#else
  MULTIPLY_BY(MMA, "f");
#endif
}

/// sum += a times b, of fp16.
INLINE void multiply_halves(float sum[4], const uint a[4], const uint b[2]) { MULTIPLY_BY(MMA_OF_HALVES, "f"); }

/// sum = a times b.
INLINE void multiply_slots_anew(SUM sum[4], const uint a[4], const uint b[2]) {
#if MMA_SM >= 80
  ASM(MMA " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};"
      : "=" SUM_REGISTER(sum[0]), "=" SUM_REGISTER(sum[1]), "=" SUM_REGISTER(sum[2]), "=" SUM_REGISTER(sum[3])
      : FACTORS, SUM_REGISTER((SUM)0));
#else
  UNROLL for (int i = 0; i < 4; i++) sum[i] = 0;
  multiply_slots(sum, a, b);
#endif
}

/// The nearest bf16 to each of two numbers, the first in the low half: ties to even, as quantize.cl.
INLINE uint pair_of_bf16(const float2 x) {
  uint pair;
  ASM("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(x.y), "f"(x.x));
  return pair;
}

/// The nearest fp16 to each of two numbers, likewise.
INLINE uint pair_of_halves(const float2 x) {
  uint pair;
#if MMA_SM >= 80
  ASM("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(x.y), "f"(x.x));
#else
  ASM("{ .reg .f16 l, h; cvt.rn.f16.f32 l, %2; cvt.rn.f16.f32 h, %1; mov.b32 %0, {l, h}; }"
      : "=r"(pair) : "f"(x.y), "f"(x.x));
#endif
  return pair;
}

/// x = high + low, to 22 bits: as pairs of fp16, the first number in the low half. From 131,008 on, low is infinite: a
/// number that fp16 cannot hold is seen in what comes of it.
INLINE void split_halves(const float2 x, uint* high, uint* low) {
  const float2 held = fmin(fmax(x, (float2)(-65504.0f)), (float2)(65504.0f));
  float2 back;
  *high = pair_of_halves(held);
  ASM("{ .reg .f16 l, h; mov.b32 {l, h}, %2; cvt.f32.f16 %0, l; cvt.f32.f16 %1, h; }"
      : "=f"(back.x), "=f"(back.y) : "r"(*high));
  *low = pair_of_halves(x - back);
}

// The slot of 4 bytes of k, of the 8 that an mma takes: numbers 4 t to 4 t + 3 of x go to slots t and 4 + t, which
// lane t holds. For int8, quads stay in their order.
#if WEIGHT_TYPE == TYPE_INT8
#define SLOT(word) (word)
#else
#define SLOT(word) (((word) & ~7) + ((word) & 1) * 4 + ((word) >> 1 & 3))
#endif
#endif
