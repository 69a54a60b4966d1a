// A block of the transformer in one launch, for GPU-type devices and steps of up to TM rows, each a sequence's last:
//
//   x += attention(norm(x));  x += feedforward(norm(x))
//
// Five operations, those of attention*.cl and linear_*.cl, whose formulas and buffers hold here. Bit for bit the result
// of five launches, without the time between them.
//
//     x --+-- norm, qkv -- attend -- output --+-- norm, expand -- contract --+--> x
//         |       0          1         2      |        3             4       |
//         +----------------- += --------------+------------- += -------------+
//
//     shares of an operation  [ taken by group 2 | by group 0 | by group 1 | ... left ]   wait until all are done
//
// x                     (M, xStride) fp32
// qkv                   (M, qkvStride), attended (M, attendedStride), inner (M, innerStride) fp32
// following             weights that the next launch reads: `followingCount` sectors are asked for
// progress              (OPERATIONS + 1, 2, 16): of an operation how many shares are taken, and how many are done; then
//                       how many work-groups have left, and whether one gave up. Zero before the first launch, and
//                       left so.
// room                  local memory for the operands of linear_few.h
//
// Global size (LOCAL * team), local (LOCAL): any team. A work-group takes a share of an operation at a time until none
// is left, then one of the next operation: it asks for the weights of that, and waits for what others have taken of the
// one before. So none waits for one that has not begun to run: one alone would do all the work, and one that comes late
// has nothing to do. Who finds nothing left asks for the weights behind.
// Where shares of other work-groups are not done after PATIENCE attempts, x becomes NaN, which shows in sampling.
//
// What others have written is read by all items as usual, behind a fence of the device, which not every compiler has.

#include "simt/ahead.h"
#include "simt/attention_mma_row.h"
#include "simt/attention_row.h"
#include "simt/exchange.h"
#include "simt/linear.h"
#include "simt/linear_few.h"
#include "simt/linear_mma.h"

#if !HAS_DEVICE_FENCE
#error not for this device: its compiler has no fence of the device
#endif

#define OPERATIONS 5
#define ATTENDING 1
#define LINE 16  // of a cache, in ints: numbers that share one would hold each other up
#define MEMORY (PRODUCT_MEMORY > ROW_MEMORY ? PRODUCT_MEMORY : ROW_MEMORY)

// A block's numbers: SIMTBlockArguments in Swift, byte for byte.
typedef struct {
  int M, C, F, H, B;                                    // rows, channels, inner channels, heads, pages of a slot
  int xStride, qkvStride, attendedStride, innerStride;  // of a row
  int inputSplit, outputSplit, expansionSplit, contractionSplit;  // work-groups that share K
  int channelHalves, innerHalves;                       // sums that a K of C is, and one of F
  int team;                                             // work-groups
  int firstTile, pagesEach, chunks;                     // of attention
  int followingFirst, followingCount;                   // sectors
  int productArrivals, attentionArrivals;               // of which there are so many
  float scale, attentionEpsilon, feedForwardEpsilon;
} BlockArguments;

// A product of the block.
typedef struct {
  __global const uint4* weights;
  __global const float *x, *bias, *gain, *shift;
  __global float* y;
  int K, N, halves, split, xStride, yStride, epilogue, normalizes;
  float epsilon;
} Product;

// What attention is of.
typedef struct {
  __global const float* qkv;
  __global const int4 *rows, *tiles;
  __global const int *table, *ended;
  __global CACHE *keys, *values;
  volatile __global float* found;
  volatile __global int* arrivals;
  __global float* y;
  int chunks, firstTile, H, B, pagesEach, qkvStride, yStride;
  float scale;
} Attention;

// An operation, in local memory: compilers would keep in registers what all of them are of.
typedef struct {
  Product product;
  __global const uint4* behind;  // what is asked for when no share is left: so many sectors
  int first, sectors, shares;
} Operation;

/// Column groups of WIDTH, as many as there are in whole panels.
INLINE int column_groups(const int N) { return (N + PANEL - 1) / PANEL * (PANEL / WIDTH); }

/// The sectors of a matrix.
INLINE int sectors_of(const int K, const int N) {
  return (N + PANEL - 1) / PANEL * (int)(panel_chunks(STEPS(K)) / SECTOR_CHUNKS);
}

INLINE void set_product(__local Operation* to, const Product product, __global const uint4* behind, const int first,
                        const int sectors) {
  to->product = product;
  to->behind = behind;
  to->first = first;
  to->sectors = sectors;
  to->shares = product.split * column_groups(product.N);
}

/// Where the progress of an operation is kept.
INLINE volatile __global int* progress_of(volatile __global int* progress, const int operation) {
  return progress + operation * 2 * LINE;
}

/// The next share of an operation for this work-group; below 0 where others have given up. Every item must call it.
INLINE int claim(volatile __global int* progress, const int operation, __local int* share) {
  barrier(CLK_LOCAL_MEM_FENCE);  // all have read the last one
  if (get_local_id(0) == 0) {
    const int found = atomic_inc(progress_of(progress, operation));
    *share = *(progress_of(progress, OPERATIONS) + LINE) ? -1 : found;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  return *share;
}

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void block(__global float* x, __global const float* attentionGain, __global const float* attentionShift,
           __global const uint4* inputWeights, __global const float* inputBias, __global const int4* rows,
           __global const int4* tiles, __global const int* table, __global const int* ended, __global CACHE* keys,
           __global CACHE* values, __global const uint4* outputWeights, __global const float* outputBias,
           __global const float* feedForwardGain, __global const float* feedForwardShift,
           __global const uint4* expansionWeights, __global const float* expansionBias,
           __global const uint4* contractionWeights, __global const float* contractionBias, __global float* qkv,
           __global float* attended, __global float* inner, volatile __global float* handed,
           volatile __global int* productArrivals, volatile __global float* found,
           volatile __global int* attentionArrivals, __global const uint4* following, volatile __global int* progress,
           __local uint4* room, const BlockArguments a) {
  __local uint4 memory[MEMORY];
  __local int isLast, ownShare;
  __local Operation operations[OPERATIONS];
  __local Attention attention;
  const RowMemory ofRow = row_memory(memory, &isLast);
#if DOT_UNIT == DOT_MMA
  const ProductMemory ofProduct = product_memory(memory, &isLast);
#else
  const ProductMemory ofProduct = product_memory(memory, room, &isLast);
#endif

  if (get_local_id(0) == 0) {
    const Product input = {inputWeights, x, inputBias, attentionGain, attentionShift, qkv, a.C, 3 * a.C,
                           a.channelHalves, a.inputSplit, a.xStride, a.qkvStride, EPILOGUE_NONE, 1,
                           a.attentionEpsilon};
    const Product output = {outputWeights, attended, outputBias, outputBias, outputBias, x, a.C, a.C, a.channelHalves,
                            a.outputSplit, a.attendedStride, a.xStride, EPILOGUE_RESIDUAL, 0, 0.0f};
    const Product expansion = {expansionWeights, x, expansionBias, feedForwardGain, feedForwardShift, inner, a.C, a.F,
                               a.channelHalves, a.expansionSplit, a.xStride, a.innerStride, EPILOGUE_ACTIVATION, 1,
                               a.feedForwardEpsilon};
    const Product contraction = {contractionWeights, inner, contractionBias, contractionBias, contractionBias, x, a.F,
                                 a.C, a.innerHalves, a.contractionSplit, a.innerStride, a.xStride, EPILOGUE_RESIDUAL, 0,
                                 0.0f};
    const Attention attend = {qkv, rows, tiles, table, ended, keys, values, found, attentionArrivals, attended,
                              a.chunks, a.firstTile, a.H, a.B, a.pagesEach, a.qkvStride, a.attendedStride, a.scale};
    attention = attend;
    set_product(&operations[0], input, outputWeights, 0, sectors_of(a.C, a.C));
    operations[ATTENDING].behind = expansionWeights;
    operations[ATTENDING].first = 0;
    operations[ATTENDING].sectors = sectors_of(a.C, a.F);
    operations[ATTENDING].shares = a.M * a.chunks * a.H;
    set_product(&operations[2], output, contractionWeights, 0, sectors_of(a.F, a.C));
    set_product(&operations[3], expansion, following, a.followingFirst, a.followingCount);
    set_product(&operations[4], contraction, following, 0, 0);
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  int isDone = 1;
  for (int operation = 0; operation < OPERATIONS && isDone; operation++) {
    const int shares = operations[operation].shares;
    Awaited before = {0, 0};
    if (operation > 0) {
      before.count = progress_of(progress, operation - 1) + LINE;
      before.target = operations[operation - 1].shares;
    }
    int share = claim(progress, operation, &ownShare);
    while (share >= 0 && share < shares) {
      if (operation == ATTENDING) {
        isDone = await(before, &isLast);
        if (isDone) {
          const Attention r = attention;
          attend_row(r.qkv, r.rows, r.tiles, r.table, r.ended, r.keys, r.values, r.found, r.arrivals, r.y, ofRow,
                     share % r.chunks, r.chunks, share / r.chunks % r.H, share / (r.chunks * r.H), r.firstTile, 1, r.H,
                     r.B, r.pagesEach, r.qkvStride, r.yStride, 0, r.scale);
        }
      } else {
        const Product p = operations[operation].product;
        const ProductShare own = {share % p.split, p.split, 0, 1, share / p.split};
#if DOT_UNIT == DOT_MMA
        isDone = multiply_share(p.x, p.weights, p.bias, p.gain, p.shift, handed, productArrivals, p.weights, p.y,
                                ofProduct, own, before, a.M, p.K, p.halves, p.xStride, p.yStride, p.epilogue,
                                p.normalizes, p.epsilon, 0, 0);
#else
        isDone = multiply_share(p.x, p.weights, p.bias, p.gain, p.shift, handed, productArrivals, p.y, ofProduct,
                                own, before, a.M, p.K, p.xStride, p.yStride, p.epilogue, p.normalizes, p.epsilon);
#endif
      }
      if (!isDone) break;
      announce(progress_of(progress, operation) + LINE);
      before.count = 0;
      share = claim(progress, operation, &ownShare);
    }
    isDone = isDone && share >= 0;
    if (isDone)
      fetch_ahead(operations[operation].behind, operations[operation].first, operations[operation].sectors,
                  share - shares, a.team, LOCAL);
  }

  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  if (get_local_id(0) > 0) return;
  volatile __global int* left = progress_of(progress, OPERATIONS);
  if (!isDone) atomic_or(left + LINE, 1);
  DEVICE_FENCE();
  if (atomic_inc(left) < a.team - 1) return;
  DEVICE_FENCE();
  // The last, when nobody writes any more.
  if (*(left + LINE)) {
    for (int m = 0; m < a.M; m++) x[(size_t)m * a.xStride] = NAN;
    for (int i = 0; i < a.productArrivals; i++) productArrivals[i] = 0;
    for (int i = 0; i < a.attentionArrivals; i++) attentionArrivals[i] = 0;
  }
  for (int i = 0; i < (OPERATIONS + 1) * 2; i++) progress[i * LINE] = 0;  // for the next launch
}
