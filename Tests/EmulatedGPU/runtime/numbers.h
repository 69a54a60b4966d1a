// Numbers: bits of them, fp16 and bf16, rounding, fields of bits, sums of products of bytes.
#pragma once
#include "lanes.h"

INLINE f32 f32_of(u32 bits) {
  f32 x;
  memcpy(&x, &bits, 4);
  return x;
}
INLINE f64 f64_of(u64 bits) {
  f64 x;
  memcpy(&x, &bits, 8);
  return x;
}
INLINE u32 bits_of_f32(f32 x) {
  u32 bits;
  memcpy(&bits, &x, 4);
  return bits;
}
INLINE u64 bits_of_f64(f64 x) {
  u64 bits;
  memcpy(&bits, &x, 8);
  return bits;
}

// x in a format of `digits` significant bits whose smallest normal number is 2^least, but of any range above; mode: n
// to the nearest, ties to even, z to zero, m down, p up.
ROUTINE f64 round_to(f64 x, int digits, int least, char mode) {
  if (x == 0 || !isfinite(x)) return x;
  int exponent;
  frexp(x, &exponent);  // x is less than 2^exponent
  int last = (exponent - 1 < least ? least : exponent - 1) - (digits - 1);
  f64 scaled = ldexp(x, -last);
  f64 whole = mode == 'n' ? rint(scaled) : mode == 'z' ? trunc(scaled) : mode == 'm' ? floor(scaled) : ceil(scaled);
  f64 result = copysign(ldexp(whole, last), x);
  // Beyond the range, what is rounded to zero stays below infinity.
  f64 most = digits == 11 ? 65504.0 : ldexp(2 - ldexp(1, 1 - digits), 127);
  int stays = mode == 'z' || (mode == 'm' && x > 0) || (mode == 'p' && x < 0);
  return fabs(result) <= most ? result : copysign(stays ? most : INFINITY, x);
}

ROUTINE u16 packed_half(f32 x) {
  u16 sign = bits_of_f32(x) >> 16 & 0x8000;
  if (isnan(x)) return 0x7FFF;
  f64 rounded = fabs(round_to(x, 11, -14, 'n'));
  if (isinf(rounded)) return sign | 0x7C00;
  if (rounded < ldexp(1, -14)) return sign | (u16)ldexp(rounded, 24);
  int exponent;
  f64 fraction = frexp(rounded, &exponent);
  return sign | (u16)((exponent + 14) << 10) | (u16)(ldexp(fraction, 11) - 1024);
}
#if defined(__F16C__)
INLINE u16 half_of(f32 x) { return _cvtss_sh(x, 0); }
INLINE f32 f32_of_half(u16 bits) { return _cvtsh_ss(bits); }
#else
INLINE u16 half_of(f32 x) { return packed_half(x); }
INLINE f32 f32_of_half(u16 bits) {
  u32 exponent = bits >> 10 & 31, fraction = bits & 1023;
  f32 x = exponent == 31 ? (fraction ? NAN : INFINITY)
          : exponent     ? ldexpf(1024 + fraction, (int)exponent - 25)
                         : ldexpf(fraction, -24);
  return bits & 0x8000 ? -x : x;
}
#endif
INLINE f32 f32_of_bfloat(u16 bits) { return f32_of((u32)bits << 16); }
INLINE u16 bfloat_of(f32 x) {
  u32 bits = bits_of_f32(x);
  return isnan(x) ? 0x7FFF : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

INLINE f32 flushed(f32 x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }
INLINE f64 saturated(f64 x) { return x > 0 ? (x < 1 ? x : 1) : 0; }
INLINE f64 minimum(f64 x, f64 y, int keepsNaN) {
  if (isnan(x) || isnan(y)) return keepsNaN || (isnan(x) && isnan(y)) ? NAN : isnan(x) ? y : x;
  return x < y || (x == y && signbit(x)) ? x : y;
}
INLINE f64 maximum(f64 x, f64 y, int keepsNaN) {
  if (isnan(x) || isnan(y)) return keepsNaN || (isnan(x) && isnan(y)) ? NAN : isnan(x) ? y : x;
  return x > y || (x == y && !signbit(x)) ? x : y;
}
INLINE f32 minimumf(f32 x, f32 y, int keepsNaN) { return (f32)minimum(x, y, keepsNaN); }
INLINE f32 maximumf(f32 x, f32 y, int keepsNaN) { return (f32)maximum(x, y, keepsNaN); }

// Whole numbers out of the range become its ends, NaN becomes 0.
INLINE s64 signed_of(f64 x, int bits) {
  f64 end = ldexp(1, bits - 1);
  if (isnan(x)) return 0;
  return x >= end ? (s64)((1ull << (bits - 1)) - 1) : x < -end ? (s64)(~0ull << (bits - 1)) : (s64)x;
}
INLINE u64 unsigned_of(f64 x, int bits) {
  if (!(x > 0)) return 0;
  return x >= ldexp(1, bits) ? ~0ull >> (64 - bits) : (u64)x;
}
INLINE __int128 clamped(__int128 x, int bits, int isSigned) {
  __int128 one = 1, low = isSigned ? -(one << (bits - 1)) : 0, high = (one << (bits - isSigned)) - 1;
  return x < low ? low : x > high ? high : x;
}

INLINE u32 low24_u(u32 x) { return x & 0xFFFFFF; }
INLINE u32 low24_s(u32 x) { return (u32)((s32)(x << 8) >> 8); }

INLINE u64 extract_unsigned(u64 a, u32 place, u32 count, int bits) {
  place &= 255, count &= 255;
  if (count == 0 || place >= (u32)bits) return 0;
  a >>= place;
  return count >= (u32)bits ? a : a & ((1ull << count) - 1);
}
// Bits above the number's are copies of the field's highest, or of the number's.
INLINE s64 extract_signed(s64 a, u32 place, u32 count, int bits) {
  place &= 255, count &= 255;
  if (count == 0) return 0;
  u32 top = place + count - 1 < (u32)bits - 1 ? place + count - 1 : (u32)bits - 1,
      have = top + 1 > place ? top + 1 - place : 0;
  u64 field = extract_unsigned(bits == 32 ? (u64)(u32)a : (u64)a, place, count, bits);
  return (u64)a >> top & 1 && have < 64 ? (s64)(field | ~0ull << have) : (s64)field;
}
INLINE u64 insert_field(u64 a, u64 b, u32 place, u32 count, int bits) {
  place &= 255, count &= 255;
  if (place >= (u32)bits || count == 0) return b;
  u64 mask = (count >= 64 ? ~0ull : (1ull << count) - 1) << place;
  return (b & ~mask) | (a << place & mask);
}
INLINE u64 reversed_bits(u64 x) {
  u64 y = 0;
  for (int i = 0; i < 64; i++) y |= (x >> i & 1) << (63 - i);
  return y;
}
INLINE u32 permuted(u32 a, u32 b, u32 choice) {
  u64 bytes = (u64)b << 32 | a;
  u32 result = 0;
  for (int i = 0; i < 4; i++) {
    u32 which = choice >> (4 * i) & 15, byte = bytes >> (8 * (which & 7)) & 255;
    if (which & 8) byte = byte & 128 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}
INLINE u32 logic_of_three(u32 a, u32 b, u32 c, u32 table) {
  u32 result = 0;
  for (int i = 0; i < 8; i++)
    if (table >> i & 1) result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
  return result;
}
INLINE u32 dp4a(u32 a, u32 b, u32 sum, int aSigned, int bSigned) {
  for (int i = 0; i < 32; i += 8)
    sum += (aSigned ? (s8)(a >> i) : (u8)(a >> i)) * (bSigned ? (s8)(b >> i) : (u8)(b >> i));
  return sum;
}
INLINE u32 dp2a(u32 a, u32 b, u32 sum, int aSigned, int bSigned, int firstByte) {
  for (int i = 0; i < 2; i++) {
    s32 x = aSigned ? (s16)(a >> 16 * i) : (u16)(a >> 16 * i);
    u32 byte = b >> 8 * (firstByte + i);
    sum += x * (bSigned ? (s8)byte : (u8)byte);
  }
  return sum;
}
