// A block of the transformer in one launch, for CPU-type devices and steps of few rows, whose logits are all wanted:
//
//   x += attention(norm(x));  x += feedforward(norm(x))
//
// Seven operations, those of layer_norm.cl, attention.cl and linear.cl, whose formulas and buffers hold here; all rows
// are attend_one's. Bit for bit the result of seven launches, without the time between them. Where `appends`, because
// rows of one sequence attend to each other, append comes before attend.
//
//     x --+-- norm -- qkv -- attend -- output --+-- norm -- expand -- contract --+--> x
//         |    0       1       2         3      |    4        5          6       |
//         +----------------- += ----------------+-------------- += --------------+
//
//     items of an operation  [ taken by group 2 | by group 0 | by group 1 | ... left ]   wait until all are done
//
// x                     (M, xStride) fp32
// normalized, attended  (M, operandStride), inner (M, innerStride): as products take them, or fp32
// qkv                   (M, qkvStride) fp32
// progress              (OPERATIONS + 1, 2, 16): of an operation how many items are taken, and how many are done; then
//                       how many work-groups have left, and whether one gave up. Zero before the first launch, and
//                       left so.
//
// Global size: the device's compute units, or any other number; local (1). A work-group takes some items of an
// operation at a time until none is left, then waits for those that others have taken. So none waits for one that has
// not begun to run: one alone would do all the work, and one that comes late has nothing to do.
// A work-group that waits fetches the next weights, so that the memory is not idle.
// Where items of other work-groups are not done after PATIENCE attempts, x becomes NaN, which shows in sampling.

#include "common/prelude.h"
#include "simd/attention.h"
#include "simd/layer_norm.h"
#include "simd/linear.h"

#ifndef PATIENCE
#define PATIENCE 1000000000  // half a minute or more
#endif
#define OPERATIONS 8  // append is the last of them
#define FETCHED_LINES 4096  // at the most, of the next product's weights while others finish: 256 KiB of an L2 cache
#define FETCHED_AT_ONCE 4
#define LINE 16  // of a cache, in ints: numbers that share one would hold each other up

// A block's numbers: BlockArguments in Swift, byte for byte.
typedef struct {
  int M, C, F, H, B;                                       // rows, channels, inner channels, heads, pages of a slot
  int xStride, operandStride, qkvStride, innerStride;      // of a row
  int groups, ahead, near;                                 // as linear.cl's, of every product
  int team;                                                // work-groups
  int firstTile, appends;                                  // of attention; whether rows are not appended by it
  float scale, attentionEpsilon, feedForwardEpsilon;
} BlockArguments;

#ifdef __x86_64__  // compiled for the processor itself, by Clang
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE()
#endif

/// Claims some of the items up to `total` that are left, fewer towards the end. Returns the first, or -1.
inline int claim(volatile __global int* taken, const int total, const int team, int* count) {
  int first = *taken;
  while (first < total) {
    *count = max(1, (total - first) / team);
    const int found = atomic_cmpxchg(taken, first, first + *count);
    if (found == first) return first;
    first = found;
  }
  return -1;
}

/// Marks items as done, behind their writes.
inline void complete(volatile __global int* done, const int count) {
  mem_fence(CLK_GLOBAL_MEM_FENCE);
  atomic_add(done, count);
}

/// Waits until all items are done, and meanwhile fetches the weights that are multiplied `next`, if any. Returns
/// whether the items are done: their results may be read then.
inline int finished(volatile __global int* done, const int total, __global const WEIGHT* next) {
  for (int attempt = 0; *done < total; attempt++) {
    if (attempt == PATIENCE) return 0;
    if (next && attempt < FETCHED_LINES / FETCHED_AT_ONCE) {
      __global const WEIGHT* lines = next + (size_t)attempt * FETCHED_AT_ONCE * (64 / sizeof(WEIGHT));
      UNROLL for (int i = 0; i < FETCHED_AT_ONCE; i++) FETCH(lines + i * (64 / sizeof(WEIGHT)));
    } else {
      PAUSE();
    }
  }
  atomic_add(done, 0);
  mem_fence(CLK_GLOBAL_MEM_FENCE);
  return 1;
}

/// Runs the statement behind it for each `item` that this work-group claims.
#define TAKE_ITEMS(progress, total)                                              \
  for (int first, count; (first = claim(progress, total, a->team, &count)) >= 0; \
       complete((progress) + LINE, count))                                       \
    for (int item = first; item < first + count; item++)

// In the order of linear.cl's work-items.
#define GROUP_OF(item, groups, panels) (OF_ROWS ? (item) / (panels) : (item) % (groups))
#define PANEL_OF(item, groups, panels) (OF_ROWS ? (item) % (panels) : (item) / (groups))

/// Tiles of a product's rows; `tiles` are attention's.
inline int row_tiles(const BlockArguments* a) { return (a->M + TM - 1) / TM; }

/// y = epilogue(x · w + bias), with the other work-groups. Returns whether it is done.
APART int multiply_rows(const BlockArguments* a, __global const OPERAND* x, __global const WEIGHT* w,
                        __global const float* bias, __global float* y, const int K, const int N, const int xStride,
                        const int yStride, const int epilogue, volatile __global int* progress,
                        __global const WEIGHT* next) {
  const int groups = a->groups, panels = (N + PANEL - 1) / PANEL, items = groups * panels;
  TAKE_ITEMS(progress, items)
    linear_tiles(x, w, bias, y, K, xStride, yStride, epilogue, row_tiles(a), a->ahead, a->near,
                 GROUP_OF(item, groups, panels), groups, PANEL_OF(item, groups, panels));
  return finished(progress + LINE, items, next);
}

/// inner = activation(x · w + bias) as operands of a product, with the other work-groups. Returns whether it is done.
inline int expand_rows(const BlockArguments* a, __global const OPERAND* x, __global const WEIGHT* w,
                       __global const float* bias, __global OPERAND* inner, volatile __global int* progress,
                       __global const WEIGHT* next) {
#if ROUNDS  // F is a multiple of GROUP
  const int groups = a->groups, parts = a->F / GROUP, items = groups * parts;
  TAKE_ITEMS(progress, items)
    linear_operand_tiles(x, w, bias, inner, a->C, a->operandStride, a->innerStride, row_tiles(a), a->ahead, a->near,
                         GROUP_OF(item, groups, parts), groups, PANEL_OF(item, groups, parts), parts);
  return finished(progress + LINE, items, next);
#else
  return multiply_rows(a, x, w, bias, inner, a->C, a->F, a->operandStride, a->innerStride, EPILOGUE_ACTIVATION,
                       progress, next);
#endif
}

/// y = norm(x) as operands of a product, with the other work-groups. Returns whether it is done.
APART int normalize_rows(const BlockArguments* a, __global const float* x, __global const float* gain,
                         __global const float* shift, __global OPERAND* y, const float epsilon,
                         volatile __global int* progress, __global const WEIGHT* next) {
  TAKE_ITEMS(progress, a->M)
    normalize_row(x, gain, shift, (__global float*)y, (__global uint*)y, a->C, a->xStride, a->operandStride, epsilon,
                  item);
  return finished(progress + LINE, a->M, next);
}

/// Puts keys and values into the cache, with the other work-groups. Returns whether it is done.
inline int append_rows(const BlockArguments* a, __global const float* qkv, __global const int4* rows,
                       __global const int* table, __global CACHE* keys, __global CACHE* values,
                       volatile __global int* progress, __global const WEIGHT* next) {
  TAKE_ITEMS(progress, a->H) append_head(qkv, rows, table, keys, values, 0, a->M, a->H, a->B, a->qkvStride, item);
  return finished(progress + LINE, a->H, next);
}

/// y = attention as operands of a product, with the other work-groups. Returns whether it is done.
inline int attend_rows(const BlockArguments* a, __global const float* qkv, __global const int4* rows,
                       __global const int4* tiles, __global const int* table, __global const int* ended,
                       __global CACHE* keys, __global CACHE* values, __global OPERAND* y,
                       volatile __global int* progress, __global const WEIGHT* next) {
  const int M = a->M, items = M * ((a->H + HG - 1) / HG);
  TAKE_ITEMS(progress, items)
    attend_row(qkv, rows, tiles + a->firstTile, table, ended, keys, values, (__global float*)y, (__global uint*)y,
               a->H, a->B, a->qkvStride, a->operandStride, 0, a->scale, item % M, item / M);
  return finished(progress + LINE, items, next);
}

/// Where the progress of an operation is kept.
inline volatile __global int* progress_of(volatile __global int* progress, const int operation) {
  return progress + operation * 2 * LINE;
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void block(__global float* x, __global const float* attentionGain, __global const float* attentionShift,
           __global const WEIGHT* inputWeights, __global const float* inputBias, __global const int4* rows,
           __global const int4* tiles, __global const int* table, __global const int* ended, __global CACHE* keys,
           __global CACHE* values, __global const WEIGHT* outputWeights, __global const float* outputBias,
           __global const float* feedForwardGain, __global const float* feedForwardShift,
           __global const WEIGHT* expansionWeights, __global const float* expansionBias,
           __global const WEIGHT* contractionWeights, __global const float* contractionBias,
           __global OPERAND* normalized, __global float* qkv, __global OPERAND* attended, __global OPERAND* inner,
           volatile __global int* progress, const BlockArguments arguments) {
  const BlockArguments* a = &arguments;
  volatile __global int* left = progress_of(progress, OPERATIONS);
  volatile __global int* gaveUp = left + LINE;

  const int isDone =
      !*gaveUp &&
      normalize_rows(a, x, attentionGain, attentionShift, normalized, a->attentionEpsilon, progress_of(progress, 0),
                     inputWeights) &&
      multiply_rows(a, normalized, inputWeights, inputBias, qkv, a->C, 3 * a->C, a->operandStride, a->qkvStride,
                    EPILOGUE_NONE, progress_of(progress, 1), outputWeights) &&
      (!a->appends ||
       append_rows(a, qkv, rows, table, keys, values, progress_of(progress, 7), outputWeights)) &&
      attend_rows(a, qkv, rows, tiles, table, ended, keys, values, attended, progress_of(progress, 2), outputWeights) &&
      multiply_rows(a, attended, outputWeights, outputBias, x, a->C, a->C, a->operandStride, a->xStride,
                    EPILOGUE_RESIDUAL, progress_of(progress, 3), expansionWeights) &&
      normalize_rows(a, x, feedForwardGain, feedForwardShift, normalized, a->feedForwardEpsilon,
                     progress_of(progress, 4), expansionWeights) &&
      expand_rows(a, normalized, expansionWeights, expansionBias, inner, progress_of(progress, 5),
                  contractionWeights) &&
      multiply_rows(a, inner, contractionWeights, contractionBias, x, a->F, a->C, a->innerStride, a->xStride,
                    EPILOGUE_RESIDUAL, progress_of(progress, 6), 0);

  if (!isDone) *gaveUp = 1;
  mem_fence(CLK_GLOBAL_MEM_FENCE);
  if (atomic_inc(left) == a->team - 1) {  // the last, when nobody writes any more
    if (*gaveUp) for (int m = 0; m < a->M; m++) x[(size_t)m * a->xStride] = NAN;
    for (int i = 0; i < (OPERATIONS + 1) * 2; i++) progress[i * LINE] = 0;  // for the next launch
  }
}
