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
#define WEIGHT uint  // a pair of bf16, a quad of bytes, two quads of four bits, a scale
#endif

#define INTEGERS (WEIGHT_TYPE == TYPE_INT8 || WEIGHT_TYPE == TYPE_INT4)
#define ROUNDS (WEIGHT_TYPE == TYPE_BF16 || INTEGERS)  // whether operands are
#define GROUPS(K) (((K) + GROUP - 1) / GROUP)
#define QUADS (GROUP / 4)  // of a group
#define SPANS (GROUP / SPAN)
// Of a panel's group: the scales, in int4 multipliers, then the weights.
#if WEIGHT_TYPE == TYPE_INT4
#define GROUP_HEAD (2 * PANEL)
#define GROUP_WORDS (GROUP_HEAD + QUADS / 2 * PANEL)
#else
#define GROUP_HEAD PANEL
#define GROUP_WORDS (GROUP_HEAD + QUADS * PANEL)
#endif
// Of a row of operands in groups of integers: pairs of scale and offset, the quads, in int4 an offset for each span.
#define SPAN_OFFSETS(groups) ((groups) * (2 + QUADS))
