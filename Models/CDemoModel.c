#include "CDemoModel.h"

// `#embed` is C23; clang offers it in earlier standards too, with a warning.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char config[] = {
#embed "demo/config.json"
};

static const unsigned char card[] = {
#embed "demo/README.md"
};

static const unsigned char generation_config[] = {
#embed "demo/generation_config.json"
};

static const unsigned char tokenizer[] = {
#embed "demo/tokenizer.json"
};

static const unsigned char tokenizer_config[] = {
#embed "demo/tokenizer_config.json"
};

// Aligned as a mapped file's pages would be, as far as any tensor's element type asks.
_Alignas(64) static const unsigned char model[] = {
#embed "demo/model.safetensors"
};

static const gpt2_embedded_file files[] = {
    {"config.json", config, sizeof config},
    {"README.md", card, sizeof card},
    {"generation_config.json", generation_config, sizeof generation_config},
    {"tokenizer.json", tokenizer, sizeof tokenizer},
    {"tokenizer_config.json", tokenizer_config, sizeof tokenizer_config},
    {"model.safetensors", model, sizeof model},
};

const size_t gpt2_demo_model_file_count = sizeof files / sizeof files[0];

const gpt2_embedded_file *gpt2_demo_model_file(size_t index) {
  return index < gpt2_demo_model_file_count ? &files[index] : NULL;
}
