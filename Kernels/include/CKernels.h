#pragma once
#include <stddef.h>

/// A file of the folder Kernels, carried inside the binary.
typedef struct {
  const char *path;  ///< From that folder on.
  const char *text;  ///< Ends with a zero.
} gpt2_kernel_source;

/// The file at `index`, NULL past the last.
const gpt2_kernel_source *gpt2_kernel_source_at(size_t index);
