// What a whole warp does with matrices. Sums are taken in fp64, and rounded once.
#pragma once
#include "memory.h"
#include "numbers.h"

enum { HALF, BFLOAT, TFLOAT, SIGNED_BYTE, UNSIGNED_BYTE };
enum { SUM_FLOAT, SUM_HALF, SUM_INTEGER };

ROUTINE int is_whole(Warp *w, const u32 *M, u32 site) {
  int missing = -1, here = 0;
  LANES
    if (M[l])
      here = l;
    else
      missing = l;
  if (missing < 0) return 1;
  fail(w, here, site, "a matrix operation of a warp that is not together",
       "  missing  lane %d, among others\n  expected all 32 lanes to run it\n", missing);
  return 0;
}

INLINE int element_size(int kind) { return kind == TFLOAT ? 4 : kind <= BFLOAT ? 2 : 1; }
INLINE f64 element(u32 word, int number, int kind) {
  switch (kind) {
    case HALF:
      return f32_of_half(word >> 16 * number);
    case BFLOAT:
      return f32_of_bfloat(word >> 16 * number);
    case TFLOAT:
      return f32_of(word & ~0x1FFFu);
    case SIGNED_BYTE:
      return (s8)(word >> 8 * number);
    default:
      return (u8)(word >> 8 * number);
  }
}
INLINE f64 sum_element(u32 *const words[], int number, int l, int kind) {
  if (kind == SUM_HALF) return f32_of_half(words[number / 2][l] >> 16 * (number % 2));
  return kind == SUM_FLOAT ? f32_of(words[number][l]) : (s32)words[number][l];
}
INLINE void set_sum(u32 *const words[], int number, int l, int kind, f64 x, int saturates) {
  if (kind == SUM_FLOAT) {
    words[number][l] = bits_of_f32((f32)x);
  } else if (kind == SUM_HALF) {
    u32 shift = 16 * (number % 2), other = words[number / 2][l] & ~(0xFFFFu << shift);
    words[number / 2][l] = other | (u32)half_of((f32)x) << shift;
  } else {
    words[number][l] = saturates ? (u32)(s32)signed_of(x, 32) : (u32)(s64)x;
  }
}

// mma.sync.m16n8k* and m8n8k*. Registers hold neighbours along k: lane l has rows l/4 (and of 16 those 8 more) of A and
// D, columns l/4 of B.
ROUTINE void multiply_matrices(Warp *w, const u32 *M, u32 *const d[], u32 *const a[], u32 *const b[], u32 *const c[],
                               int m, int k, int kindA, int kindB, int kindSum, int saturates, u32 site) {
  static __thread f64 A[16][32], B[32][8], C[16][8];
  if (!is_whole(w, M, site)) return;
  int count = 4 / element_size(kindA);  // elements of a register
  int below = m / 8;                    // rows of a lane
  LANES {
    for (int i = 0; i < below * k / (4 * count); i++)
      for (int j = 0; j < count; j++)
        A[l / 4 + 8 * (i % below)][l % 4 * count + j + 4 * count * (i / below)] = element(a[i][l], j, kindA);
    for (int i = 0; i < k / (4 * count); i++)
      for (int j = 0; j < count; j++) B[l % 4 * count + j + 4 * count * i][l / 4] = element(b[i][l], j, kindB);
    for (int i = 0; i < 2 * below; i++) C[l / 4 + 8 * (i / 2)][l % 4 * 2 + i % 2] = sum_element(c, i, l, kindSum);
  }
  for (int row = 0; row < m; row++)
    for (int n = 0; n < 8; n++)
      for (int i = 0; i < k; i++) C[row][n] += A[row][i] * B[i][n];
  LANES
    for (int i = 0; i < 2 * below; i++) set_sum(d, i, l, kindSum, C[l / 4 + 8 * (i / 2)][l % 4 * 2 + i % 2], saturates);
}

// ldmatrix: lane 8 i + r gives the address of row r of matrix i; lane l receives two elements of each matrix.
ROUTINE void load_matrices(Warp *w, const u32 *M, u32 *const d[], const u64 *address, int count, int transposed,
                           u32 site) {
  if (!is_whole(w, M, site)) return;
  for (int i = 0; i < count; i++) {
    u16 x[8][8];
    for (int r = 0; r < 8; r++) {
      u64 place = (u32)address[8 * i + r];
      memcpy(x[r], local_place(w, 8 * i + r, place, 16, READS, site), 16);
    }
    LANES {
      int p = l / 4, q = l % 4 * 2;
      d[i][l] = transposed ? x[q][p] | (u32)x[q + 1][p] << 16 : x[p][q] | (u32)x[p][q + 1] << 16;
    }
  }
}

// wmma's fragments: element i of lane l is element (count l + i) of the matrix by rows. Hardware has other orders, and
// programs may not know them.
ROUTINE void move_fragment(Warp *w, const u32 *M, u32 *const d[], const u64 *address, const u32 *stride, int rows,
                           int columns, int byColumn, int bytes, int loads, int space, u32 site) {
  if (!is_whole(w, M, site)) return;
  int count = rows * columns / 32, perWord = 4 / bytes;
  LANES
    if (address[l] != address[0] || stride[l] != stride[0]) {
      fail(w, l, site, "a fragment whose address or stride differs among lanes",
           "  address  0x%llx, stride %u\n  expected 0x%llx, stride %u, as lane 0 has\n",
           (unsigned long long)address[l], stride[l], (unsigned long long)address[0], stride[0]);
      return;
    }
  if (address[0] % 16 || stride[0] * bytes % 16) {
    fail(w, 0, site, "a misaligned fragment",
         "  address  0x%llx, stride %u elements\n  expected multiples of 16 bytes\n", (unsigned long long)address[0],
         stride[0]);
    return;
  }
  LANES
    for (int i = 0; i < count; i++) {
      int row = (count * l + i) / columns, column = (count * l + i) % columns;
      u64 at = address[0] + (u64)(byColumn ? column * stride[0] + row : row * stride[0] + column) * bytes;
      int access = loads ? READS : WRITES;
      u8 *p = space == IN_SHARED   ? local_place(w, l, at, bytes, access, site)
              : space == IN_GLOBAL ? global_place(w, l, at, bytes, access, site)
                                   : generic_place(w, l, at, bytes, access, site);
      u32 *word = &d[i / perWord][l], shift = 8 * bytes * (i % perWord),
          mask = bytes == 4 ? ~0u : (1u << 8 * bytes) - 1, x = 0;
      if (loads) {
        memcpy(&x, p, bytes);
        *word = (*word & ~(mask << shift)) | x << shift;
      } else {
        x = *word >> shift & mask;
        memcpy(p, &x, bytes);
      }
    }
}
ROUTINE void multiply_fragments(Warp *w, const u32 *M, u32 *const d[], u32 *const a[], u32 *const b[], u32 *const c[],
                                int m, int n, int k, int kind, int kindD, int kindC, u32 site) {
  static __thread f64 A[32][32], B[32][32], C[32][32];
  if (!is_whole(w, M, site)) return;
  int perWord = 4 / element_size(kind), countA = m * k / 32, countB = k * n / 32, countC = m * n / 32;
  LANES {
    for (int i = 0; i < countA; i++) {
      int e = countA * l + i;
      A[e / k][e % k] = element(a[i / perWord][l], i % perWord, kind);
    }
    for (int i = 0; i < countB; i++) {
      int e = countB * l + i;
      B[e / n][e % n] = element(b[i / perWord][l], i % perWord, kind);
    }
    for (int i = 0; i < countC; i++) C[(countC * l + i) / n][(countC * l + i) % n] = sum_element(c, i, l, kindC);
  }
  for (int x = 0; x < m; x++)
    for (int y = 0; y < n; y++)
      for (int i = 0; i < k; i++) C[x][y] += A[x][i] * B[i][y];
  LANES
    for (int i = 0; i < countC; i++) set_sum(d, i, l, kindD, C[(countC * l + i) / n][(countC * l + i) % n], 0);
}
