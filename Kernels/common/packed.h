// How packed weights are stored: pack.cl has the layouts.
#pragma once
#include "common/types.h"

#ifndef WEIGHT_TYPE
#define WEIGHT_TYPE TYPE_F16
#endif

#if WEIGHT_TYPE == TYPE_F32
#define WEIGHT float
#elif WEIGHT_TYPE == TYPE_F16
#define WEIGHT half
#else
#define WEIGHT uint  // a pair of bf16, a quad of bytes, a scale
#endif

#define ROUNDS (WEIGHT_TYPE == TYPE_BF16 || WEIGHT_TYPE == TYPE_INT8)  // whether operands are
#define GROUPS(K) (((K) + GROUP - 1) / GROUP)
#define GROUP_WORDS (PANEL + GROUP / 4 * PANEL)  // of a panel in int8: the scales, then the quads
