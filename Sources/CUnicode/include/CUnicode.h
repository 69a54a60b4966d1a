#pragma once

#include <stddef.h>

/// The text of decompositions.txt, not terminated: Tests/TokenizerTests/Fixtures/make_decompositions.py says what it holds.
extern const unsigned char *const unicode_decompositions;
extern const size_t unicode_decompositions_size;
