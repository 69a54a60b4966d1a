// V_WMMA_I32_16X16X16_IU8 of gfx11: lane l has row, and column, l % 16, and sums of rows l / 16, l / 16 + 2, ...
#include "lanes.h"

static inline int8 wmma_i32(const int4 a, const int4 b, const int8 sums) {
  int row[4], column[4], sum[8];
  vstore4(a, 0, row);
  vstore4(b, 0, column);
  vstore8(sums, 0, sum);
  _Pragma("unroll") for (int i = 0; i < 8; i++)
      _Pragma("unroll") for (int j = 0; j < 4; j++)
          sum[i] += dot4(of_lane(row[j], 2 * i + (int)get_local_id(0) % 32 / 16, 32), as_uint(column[j]));
  return vload8(0, sum);
}
// Of signed a and unsigned b alone.
#define __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32(aIsSigned, a, bIsSigned, b, sums, clamps) wmma_i32(a, b, sums)
#define __builtin_amdgcn_sudot4(aIsSigned, a, bIsSigned, b, sum, clamps) ((sum) + dot4(a, b))
