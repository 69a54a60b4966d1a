#pragma once

#include <stddef.h>

/// A file of the web page, carried inside the binary.
typedef struct {
  const char *path;  ///< As a URL has it, without the slash before it.
  const char *type;  ///< Its Content-Type.
  const char *text;  ///< Ends with a zero.
} gpt2_page_file;

/// The file at `index`, NULL past the last.
const gpt2_page_file *gpt2_page_file_at(size_t index);
