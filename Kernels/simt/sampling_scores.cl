// For the choice of a token on GPU-type devices: scores, ranks, depths and masses of a row's tokens, and how a row
// begins and ends. Formulas and buffers: common/sampling_row.h.
#pragma once
#include "common/sampling_row.h"

#ifndef DIGIT_BITS  // of the radix selection: a bin for each item
#define DIGIT_BITS 8
#endif
#define WG (1 << DIGIT_BITS)

#define BEST_FINITE 0x00800000u   // the rank of the largest finite number; infinity and what is no number are below
#define WORST 0xFF800000u         // the rank of minus infinity

// A row under way. The same in every item.
typedef struct {
  __global const float *logits;
  __global const uint *seen;
  __global const int *endOfText;
  int endOfTextCount, V;
  uint flags;
  float penalty, inversePenalty;
  // The tokens that may be chosen.
  uint worst;  // rank
  float maximum, scale;
  uint edge;  // depth
  ulong ties;  // how many tokens at that depth do not stay
  uint firstTie;
} Choice;

// Subnormal numbers and negative zero as zero: devices may flush them, and ranks tell zeros apart.
static float normal(float v) { return (as_uint(v) & 0x7F800000u) == 0 ? 0.0f : v; }

static float scoreOf(const Choice *choice, uint token) {
  float score = normal(choice->logits[token]);
  if (choice->flags & PENALIZE && choice->seen[token / 32] >> token % 32 & 1)
    score = normal(score * (score < 0 ? choice->penalty : choice->inversePenalty));
  if (choice->flags & SUPPRESS_END_OF_TEXT)
    for (int i = 0; i < choice->endOfTextCount; ++i)
      if ((int)token == choice->endOfText[i]) score = -INFINITY;
  return score;
}

static uint rankOf(float score) {
  uint bits = as_uint(score);
  return (int)bits < 0 ? bits : bits ^ 0x7FFFFFFFu;
}

// The rank, or 0 for what is not a number.
static uint checkedRankOf(float score) {
  uint rank = rankOf(score);
  return rank > WORST ? 0 : rank;
}

static float scoreOfRank(uint rank) { return as_float((int)rank < 0 ? rank : rank ^ 0x7FFFFFFFu); }

static uint depthOf(float score, float maximum, float scale) {
  float octaves = (maximum - score) * scale;
  return convert_uint((octaves < 63.0f ? octaves : 63.0f) * 16777216.0f);
}

// 2^-x = 1 - x (c1 - x (c2 - x (c3 - x (c4 - x c5)))) for x in [0, 1), all in units of 2^-32 (see TokenMass).
static ulong massOf(uint depth) {
  uint x = (depth & 0xFFFFFFu) << 8;
  uint power = 0x025A8645u - mul_hi(x, 0x003D94DEu);
  power = 0x0E275966u - mul_hi(x, power);
  power = 0x3D7C413Cu - mul_hi(x, power);
  power = 0xB171D93Du - mul_hi(x, power);
  return ((0x100000000ul - mul_hi(x, power)) << 8) >> (depth >> 24);
}

// Whether a row's sequence has ended in an earlier step.
static int has_ended(__global const Row *row, __global const int *ended) {
  return ended[row->slot] && !(row->flags & STARTS);
}

// A row before anything is known of its logits. Of a sequence that has ended no token is looked at: V is 0.
static void look(
    Choice *choice, __global const Row *row, __global const float *logits, __global const uint *seen,
    __global const int *endOfText, int endOfTextCount, int V, int stride, int hasEnded) {
  choice->logits = logits + (size_t)row->logitsRow * stride;
  choice->seen = seen + (size_t)row->slot * ((V + 31) / 32);
  choice->endOfText = endOfText;
  choice->endOfTextCount = endOfTextCount;
  choice->V = hasEnded ? 0 : V;
  choice->flags = row->flags;
  choice->penalty = row->penalty;
  choice->inversePenalty = row->inversePenalty;
  choice->worst = WORST;
  choice->maximum = 0;
  choice->scale = row->scale;
  choice->edge = DEEPEST;
  choice->ties = 0;
  choice->firstTie = 0;
}

static ulong rawMassOf(const Choice *choice, uint token, float maximum) {
  return massOf(depthOf(normal(choice->logits[token]), maximum, LOG2_E));
}

// The result that stands for a row of which no token may be chosen; 0 where one may.
static int failureOf(uint rawBest, uint best) {
  return min(rawBest, best) < BEST_FINITE ? NOT_FINITE : best < WORST ? 0 : NONE_LEFT;
}

// Leaves what is chosen for the host and for the next step; of one item, once all have finished with the row.
static void leave(
    const Choice *choice, __global const Row *row, Result *result, __global uint *words, __global int *tokens,
    __global int *ended, __global Result *to) {
  if (choice->V == 0) {
    result->token = HAS_ENDED;
  } else {
    if (result->token >= 0) words[result->token / 32] |= 1u << (result->token % 32);
    tokens[row->slot] = max(result->token, 0);
    int hasEnd = result->token < 0;
    for (int i = 0; row->flags & ENDS && i < choice->endOfTextCount; ++i)
      hasEnd |= choice->endOfText[i] == result->token;
    ended[row->slot] = hasEnd;
  }
  *to = *result;
}
