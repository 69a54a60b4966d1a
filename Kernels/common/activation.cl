// Elementwise activations for the epilogue of the linear kernels, each named as GPT2Config names it.
// `tanh` is OpenCL's own.
// Formulas: transformers/activations.py, ACT2CLS.
//
// gelu_new is 0.5 x (1 + tanh(u)) = x / (1 + exp(-2u)), u = sqrt(2/pi) (x + 0.044715 x^3): one exp, no cancellation.

#pragma once
#include "common/exponential.cl"

#ifndef ACTIVATION
#define ACTIVATION(v) (v)  // or one of these functions
#endif
#ifndef LANES
#define LANES  // of a vector: none, or 16
#endif
#define T JOIN(float, LANES)

static T sigmoid(T x) { return 1.0f / (1.0f + JOIN(exponential, LANES)(x < -87.0f ? (T)87.0f : -x)); }
static T gelu_new(T x) { return x * sigmoid(1.5957691216057308f * x * fma(0.044715f * x, x, (T)1.0f)); }
static T gelu(T x) { return 0.5f * x * (1.0f + erf(x * 0.70710678118654752f)); }
static T gelu_10(T x) { return clamp(gelu(x), (T)-10.0f, (T)10.0f); }
static T quick_gelu(T x) { return x * sigmoid(1.702f * x); }
static T relu(T x) { return fmax(x, (T)0.0f); }
static T relu2(T x) { return relu(x) * relu(x); }
static T relu6(T x) { return fmin(relu(x), (T)6.0f); }
static T leaky_relu(T x) { return fmax(x, 0.01f * x); }
static T silu(T x) { return x * sigmoid(x); }
static T hardswish(T x) { return x * clamp(x + 3.0f, (T)0.0f, (T)6.0f) / 6.0f; }
static T softplus(T x) { return fmax(x, (T)0.0f) + log1p(exp(-fabs(x))); }
static T mish(T x) { return x * tanh(softplus(x)); }
static T sqrtsoftplus(T x) { return sqrt(softplus(x)); }
static T laplace(T x) { return 0.5f * (1.0f + erf((x - 0.707107f) / 0.39894206f)); }
