// The products of pairs of bf16 and of quads of bytes: DOT(sum, a, b) adds to sixteen sums the products of an operand's
// word a and sixteen columns' words b. A unit has a code in types.h, a row in DotUnit.swift, and its DOT here, or where
// linear_groups.h has a loop for it what it takes quads and words apart with.
// Of int4, bytes of b are 0 to 15, and DOT adds to a span's sum. ADD_MULTIPLE adds m times it to a total, m in the low
// 16 bits.
// Volatile keeps the order of instructions, in which six rows by sixteen columns need the sixteen registers there are;
// the compiler's own needs more.
#pragma once
#include "common/types.h"

#ifndef DOT_UNIT
#define DOT_UNIT DOT_PORTABLE
#endif

#if (DOT_UNIT == DOT_VDPBF16PS || DOT_UNIT == DOT_VPDPBUSD || DOT_UNIT == DOT_VPMADDUBSW || \
     DOT_UNIT == DOT_VPMADDWD) && !defined(__x86_64__)
#error "kernels are not compiled for this processor's own instructions here"
#endif

#if DOT_UNIT == DOT_VDPBF16PS
#define DOT(sum, a, b) __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(b), "v"((uint16)(a)))
#elif DOT_UNIT == DOT_VPDPBUSD
#define DOT(sum, a, b) __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(b), "v"((uint16)(a)))
// A span's sum has 16 bits, and the high ones meet zeros.
#define ADD_MULTIPLE(total, sum, m) __asm__("vpdpwssd %2, %1, %0" : "+v"(total) : "v"(sum), "v"(m))
#elif DOT_UNIT == DOT_VPMADDUBSW
// Of eight words, their first quads of four bits and their second ones, as bytes. The mask stays in memory, as
// registers are few.
__constant uint8 lowBits = (uint8)(0x0F0F0F0Fu);
#define FIRST_QUADS(quads, words) \
  __asm__ volatile("vmovdqu %2, %0\n\tvpand %1, %0, %0" : "=x"(quads) : "m"(words), "m"(lowBits))
#define SECOND_QUADS(quads, words)                                              \
  __asm__ volatile("vmovdqu %1, %0\n\tvpsrlw $4, %0, %0\n\tvpand %2, %0, %0"    \
                   : "=x"(quads)                                                \
                   : "m"(words), "m"(lowBits))
// Sums of 16 bits, of two bytes of each quad: 16 products of at most 15 * 127, or of 8 * 127 with the offset, fit.
#define ADD_QUADS(sum, a, b)                                      \
  do {                                                            \
    int8 products;                                                \
    __asm__ volatile("vpmaddubsw %2, %3, %1\n\tvpaddw %1, %0, %0" \
                     : "+x"(sum), "=&x"(products)                 \
                     : "x"(a), "x"(b));                           \
  } while (0)
// Both halves of a word of m hold it.
#define ADD_MULTIPLE(total, sum, m)                                      \
  do {                                                                   \
    int8 products;                                                       \
    __asm__("vpmaddwd %2, %1, %0" : "=x"(products) : "x"(sum), "x"(m)); \
    total += products;                                                   \
  } while (0)
#elif DOT_UNIT == DOT_VPMADDWD
// Eight quads of unsigned bytes as pairs of 16 bits, and eight sums of 32 bits, to which the products with pairs of
// signed ones are added: whatever 8 bits hold, they fit.
#define EVEN_BYTES(pairs, quads) \
  __asm__ volatile("vpand %1, %2, %0" : "=x"(pairs) : "m"(quads), "x"((uint8)(0x00FF00FFu)))
#define ODD_BYTES(pairs, quads) __asm__ volatile("vmovdqu %1, %0\n\tvpsrlw $8, %0, %0" : "=x"(pairs) : "m"(quads))
#define ADD_PAIRS(sum, a, b)                                      \
  do {                                                            \
    int8 products;                                                \
    __asm__ volatile("vpmaddwd %2, %3, %1\n\tvpaddd %1, %0, %0"   \
                     : "+x"(sum), "=&x"(products)                 \
                     : "x"(a), "x"(b));                           \
  } while (0)
#elif DOT_UNIT == DOT_KHR_INTEGER
#define LANE(a, b) dot_4x8packed_us_int(b, a)
#define DOT(sum, a, b)                                                                                     \
  sum += (int16)(LANE(a, b.s0), LANE(a, b.s1), LANE(a, b.s2), LANE(a, b.s3), LANE(a, b.s4), LANE(a, b.s5), \
                 LANE(a, b.s6), LANE(a, b.s7), LANE(a, b.s8), LANE(a, b.s9), LANE(a, b.sa), LANE(a, b.sb), \
                 LANE(a, b.sc), LANE(a, b.sd), LANE(a, b.se), LANE(a, b.sf))
#else  // of quads; pairs are widened to fp32
#define BYTE(a, i) ((int)((a) << (24 - 8 * (i))) >> 24)
#define DOT(sum, a, b)                                                              \
  sum += as_int16(b & 0xFFu) * BYTE(a, 0) + as_int16(b >> 8 & 0xFFu) * BYTE(a, 1) + \
         as_int16(b >> 16 & 0xFFu) * BYTE(a, 2) + as_int16(b >> 24) * BYTE(a, 3)
#endif

#ifndef ADD_MULTIPLE
#define ADD_MULTIPLE(total, sum, m) total += sum * (as_int16((m) << 16) >> 16)
#endif
