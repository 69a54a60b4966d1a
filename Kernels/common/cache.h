// How keys and values are stored.
#pragma once
#include "common/types.h"

#ifndef CACHE_TYPE
#define CACHE_TYPE TYPE_F16  // or TYPE_F32
#endif

#if CACHE_TYPE == TYPE_F32
#define CACHE float
#define LOAD(p, i) (p)[i]
#define STORE(x, i, p) (p)[i] = (x)
#else
#define CACHE half
#define LOAD(p, i) vload_half(i, p)
#define STORE(x, i, p) vstore_half_rte(x, i, p)
#endif
