// A work-group's share of a product of few rows: what linear_few.h and linear_mma.h have in common.
//
//   y (M, N)   tiles of TM rows by columns of WIDTH; `split` work-groups share the sums of each, a part of K each
#pragma once
#include "common/prelude.h"

typedef struct {
  int part, split;  // which of the work-groups that share K
  int tile, tiles;  // of TM rows
  int column;       // group of WIDTH
} ProductShare;

// The share of a work-group of a launch of (split, tiles, columns) work-groups: an initializer, because a function's
// struct is `noalias` where it is inlined, which Oclgrind cannot run in code that is not optimised.
#define SHARE_OF_GROUP                                                                                          \
  {(int)get_group_id(0), (int)get_num_groups(0), (int)get_group_id(1), (int)get_num_groups(1), (int)get_group_id(2)}

/// Which of a product's tiles it is.
INLINE int tile_of(const ProductShare share) { return share.column * share.tiles + share.tile; }
