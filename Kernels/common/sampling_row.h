// Choosing one token for each row of logits: common to both families of kernels and HostSampler, bit for bit.
//
//   score  = logit, penalised where seen, minus infinity for the end of text while the text is too short
//   rank   = an integer that falls as the score rises                                           (32 bits)
//   depth  = (maximum - score) * scale: octaves under the largest score, with 24 fractional bits  (30 bits)
//   mass   = 2^40 * 2^-depth, an integer: sums of masses are exact, in any order
//   greedy : the largest score, the lowest id of several
//   drawn  : top-k keeps the scores from the k-th best on; top-p then keeps depth < edge, and of depth == edge the ids
//            from `firstTie` on; min-p then keeps depth <= depthLimit; the token is the first, by id, whose running
//            kept mass exceeds draw * kept mass / 2^64
//
// Floating point ends with one subtraction and one product a token, which OpenCL rounds correctly: do not build with
// -cl-fast-relaxed-math, -cl-finite-math-only or -cl-unsafe-math-optimizations.
//
// logits     (…, stride)         float   V of each row are read
// rows       (R)                 Row     the rows to choose for, which have different slots
// seen       (slots, (V+31)/32)  uint    token t is bit t % 32 of word t / 32; the chosen token is added
// endOfText  (endOfTextCount)    int
// tokens     (slots)             int     the chosen token; 0 where there is none
// ended      (slots)             int     1 where the sequence has ended or failed, until a row that starts one
// results    (R)                 Result
#pragma once
#include "common/prelude.h"

// 48 bytes: SamplingRow in Swift.
typedef struct {
  ulong draw, removedFraction;           // byte 0, 8
  uint logitsRow, slot, flags, topK;     // byte 16, 20, 24, 28
  float scale, penalty, inversePenalty;  // byte 32, 36, 40
  uint depthLimit;                       // byte 44
} Row;

// 16 bytes: SampledToken in Swift.
typedef struct {
  int token;         // byte 0; below zero where there is none
  float difference;  // byte 4: the largest logit less the token's
  ulong rawMass;     // byte 8: of all logits, before any processing
} Result;

#define NOT_FINITE (-1)  // in place of a token: a logit is not finite
#define NONE_LEFT (-2)   // all are minus infinity
#define HAS_ENDED (-3)   // the sequence has

#define GREEDY 1u
#define SUPPRESS_END_OF_TEXT 2u
#define PENALIZE 4u
#define LOG_PROBABILITY 8u
#define STARTS 16u  // the first row of its slot's sequence
#define ENDS 32u    // an end of text is the last

#define DEEPEST (40u << 24)       // the deepest depth with a mass above zero
#define LOG2_E 1.44269504088896f  // octaves per logit of the model's own distribution
