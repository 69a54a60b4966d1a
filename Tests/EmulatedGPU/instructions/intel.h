// cl_intel_subgroups: words one after the other, to one lane after the other, twice.
#include "lanes.h"

#define intel_sub_group_block_read2(from) \
  ((uint2)((from)[get_sub_group_local_id()], (from)[SUB_GROUP_SIZE + get_sub_group_local_id()]))
#define intel_sub_group_block_read_us2(from) \
  ((ushort2)((from)[get_sub_group_local_id()], (from)[SUB_GROUP_SIZE + get_sub_group_local_id()]))

// cl_intel_subgroup_matrix_multiply_accumulate, of 8-bit integers: 8 rows, as many columns as lanes, 32 k.

#define MATRIX_MAD(type, size, quad)                                                                      \
  static inline int8 __attribute__((overloadable))                                                        \
  intel_sub_group_i8_u8_matrix_mad_k32(const type##8 a, const uint8 b, const int8 sums) {                 \
    type row[8];                                                                                          \
    uint column[8];                                                                                       \
    int sum[8];                                                                                           \
    vstore8(a, 0, row);                                                                                   \
    vstore8(b, 0, column);                                                                                \
    vstore8(sums, 0, sum);                                                                                \
    _Pragma("unroll") for (int i = 0; i < 8; i++)                                                         \
        _Pragma("unroll") for (int j = 0; j < 8; j++) sum[i] += dot4(quad(row[i], j, size), column[j]);   \
    return vload8(0, sum);                                                                                \
  }
#define WHOLE(value, j, size) of_lane(value, j, size)
#define HALVES(value, j, size) ((of_lane(value, 2 * (j), size) & 0xFFFF) | of_lane(value, 2 * (j) + 1, size) << 16)
MATRIX_MAD(int, 8, WHOLE)
MATRIX_MAD(short, 16, HALVES)
#undef WHOLE
#undef HALVES
#undef MATRIX_MAD
