#include "CUnicode.h"

// `#embed` is C23; clang offers it in earlier standards too, with a warning.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char text[] = {
#embed "decompositions.txt"
};

const unsigned char *const unicode_decompositions = text;
const size_t unicode_decompositions_size = sizeof text;
