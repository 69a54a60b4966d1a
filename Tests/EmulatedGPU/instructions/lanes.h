// Sub-groups as parts of a warp, for programs that say SUB_GROUP_SIZE.
#pragma once

#define get_sub_group_local_id() ((uint)get_local_id(0) % SUB_GROUP_SIZE)
#define get_sub_group_id() ((uint)get_local_id(0) / SUB_GROUP_SIZE)

/// What a lane of the sub-group, which has `size`, holds.
static inline int of_lane(const int value, const int lane, const int size) {
  const int first = get_local_id(0) % 32 / size * size;
  const uint members = (uint)((1ul << size) - 1) << first;
  int other;
  __asm__ volatile("shfl.sync.idx.b32 %0, %1, %2, 31, %3;" : "=r"(other) : "r"(value), "r"(first + lane), "r"(members));
  return other;
}

/// Four signed bytes times four unsigned ones.
static inline int dot4(const int a, const uint b) {
  int sum = 0;
  for (int i = 0; i < 4; i++) sum += (a << (24 - 8 * i) >> 24) * (int)(b >> (8 * i) & 0xFFu);
  return sum;
}
