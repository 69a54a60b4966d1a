#pragma once
#include <stddef.h>

/// A kernel's source, carried inside the binary.
typedef struct {
  const char *name;  ///< The file's name without `.cl`.
  const char *text;  ///< Not terminated by a zero.
  size_t length;     ///< In bytes.
} gpt2_kernel_source;

/// The kernel source at `index`, NULL past the last.
const gpt2_kernel_source *gpt2_kernel_source_at(size_t index);
