#pragma once

#include <stddef.h>

/// A file of the demo model, carried inside the binary.
typedef struct {
  const char *name;
  const unsigned char *bytes;
  size_t count;
} gpt2_embedded_file;

/// How many files the demo model has.
extern const size_t gpt2_demo_model_file_count;

/// The file at an index; NULL past the last.
const gpt2_embedded_file *gpt2_demo_model_file(size_t index);
