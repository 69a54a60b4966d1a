// The .cl files beside this one, by C23's #embed: real files that rebuild on change, and a binary that needs none beside it.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "CKernels.h"

static const char pack[] = {
#embed "pack.cl"
};
static const char embedding[] = {
#embed "embedding.cl"
};
static const char gather[] = {
#embed "gather.cl"
};
static const char exponential[] = {
#embed "exponential.cl"
};
static const char activation[] = {
#embed "activation.cl"
};
static const char quantize_panel[] = {
#embed "quantize_panel.cl"
};
static const char quantize_workgroup[] = {
#embed "quantize_workgroup.cl"
};
static const char linear_panel[] = {
#embed "linear_panel.cl"
};
static const char linear_workgroup[] = {
#embed "linear_workgroup.cl"
};
static const char linear_few_workgroup[] = {
#embed "linear_few_workgroup.cl"
};
static const char linear_tiles_workgroup[] = {
#embed "linear_tiles_workgroup.cl"
};
static const char moments_workgroup[] = {
#embed "moments_workgroup.cl"
};
static const char block_panel[] = {
#embed "block_panel.cl"
};
static const char layer_norm_panel[] = {
#embed "layer_norm_panel.cl"
};
static const char layer_norm_workgroup[] = {
#embed "layer_norm_workgroup.cl"
};
static const char attention_panel[] = {
#embed "attention_panel.cl"
};
static const char attention_workgroup[] = {
#embed "attention_workgroup.cl"
};
static const char sampling_panel[] = {
#embed "sampling_panel.cl"
};
static const char sampling_scores[] = {
#embed "sampling_scores.cl"
};
static const char sampling_selection[] = {
#embed "sampling_selection.cl"
};
static const char sampling_workgroup[] = {
#embed "sampling_workgroup.cl"
};
static const char sampling_blocks[] = {
#embed "sampling_blocks.cl"
};
static const char score_panel[] = {
#embed "score_panel.cl"
};
static const char score_workgroup[] = {
#embed "score_workgroup.cl"
};
static const char loops[] = {
#embed "loops.cl"
};
static const char dot_rates[] = {
#embed "dot_rates.cl"
};
static const char limits[] = {
#embed "limits.cl"
};

#define SOURCE(name) {#name, name, sizeof name}
static const gpt2_kernel_source sources[] = {
    SOURCE(pack),
    SOURCE(embedding),
    SOURCE(gather),
    SOURCE(exponential),
    SOURCE(activation),
    SOURCE(quantize_panel),
    SOURCE(quantize_workgroup),
    SOURCE(linear_panel),
    SOURCE(linear_workgroup),
    SOURCE(linear_few_workgroup),
    SOURCE(linear_tiles_workgroup),
    SOURCE(moments_workgroup),
    SOURCE(block_panel),
    SOURCE(layer_norm_panel),
    SOURCE(layer_norm_workgroup),
    SOURCE(attention_panel),
    SOURCE(attention_workgroup),
    SOURCE(sampling_panel),
    SOURCE(sampling_scores),
    SOURCE(sampling_selection),
    SOURCE(sampling_workgroup),
    SOURCE(sampling_blocks),
    SOURCE(score_panel),
    SOURCE(score_workgroup),
    SOURCE(loops),
    SOURCE(dot_rates),
    SOURCE(limits),
};

const gpt2_kernel_source *gpt2_kernel_source_at(size_t index) {
  return index < sizeof sources / sizeof *sources ? &sources[index] : NULL;
}
