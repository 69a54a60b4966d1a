#pragma once

// The functions used of OpenBLAS, which is opened when it is needed: a program that computes on an OpenCL device does
// not need it, and nothing of it is needed to build. Signatures and constants: cblas.h of OpenBLAS with 32-bit
// integers.

enum { GPT2_ROW_MAJOR = 101, GPT2_NO_TRANSPOSE = 111, GPT2_TRANSPOSE = 112 };

/// C = alpha op(A) op(B) + beta C.
typedef void (*gpt2_sgemm)(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, const float *a,
                           int lda, const float *b, int ldb, float beta, float *c, int ldc);
/// y = alpha op(A) x + beta y.
typedef void (*gpt2_sgemv)(int order, int transpose, int m, int n, float alpha, const float *a, int lda, const float *x,
                           int incx, float beta, float *y, int incy);

/// How many threads the library uses from here on.
typedef void (*gpt2_set_threads)(int count);

/// A work buffer of the library's own, which it keeps for its next call when it is given back.
typedef void *(*gpt2_blas_memory_alloc)(int position);
typedef void (*gpt2_blas_memory_free)(void *buffer);
