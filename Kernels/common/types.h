// Codes and sizes that host and kernels know alike: KernelCodes.swift names them again, and a test compares the two.
#pragma once

// How numbers are stored: a file's tensors (SOURCE_TYPE), packed weights (WEIGHT_TYPE), the operands beside them
// (OPERAND_TYPE), keys and values (CACHE_TYPE).
#define TYPE_F32 32
#define TYPE_F16 16
#define TYPE_BF16 17  // as an operand: pairs of them
#define TYPE_INT8 8   // as an operand: quads of them
#define TYPE_INT4 4   // of weights: their operands are quads of int8

// The instruction that multiplies pairs and quads (DOT_UNIT).
#define DOT_PORTABLE 0
#define DOT_VDPBF16PS 1     // pairs: AVX-512 BF16
#define DOT_VPDPBUSD 2      // quads: AVX-512 VNNI
#define DOT_KHR_INTEGER 3   // quads: cl_khr_integer_dot_product
#define DOT_DP4A 4          // quads: NVIDIA's, from compute capability 6.1 on
#define DOT_MMA 5           // tensor cores of NVIDIA's GPUs
#define DOT_VPMADDUBSW 6    // quads, where weights have 4 bits: AVX2
#define DOT_VPMADDWD 7      // quads, as pairs of 16 bits: AVX2
#define DOT_XMX 8           // quads: matrix units of Intel's GPUs
#define DOT_WMMA 9          // quads: those of AMD's, gfx11

// The operation on a product's sum s = x w + bias.
#define EPILOGUE_NONE 0        // y = s
#define EPILOGUE_ACTIVATION 1  // y = ACTIVATION(s)
#define EPILOGUE_RESIDUAL 2    // y += s

#define PANEL 32   // columns of a packed matrix that lie side by side
#define GROUP 128  // values of k that are rounded together, and in int8 share a scale: a multiple of 16 and of PANEL
#define SPAN 32    // values of k that in int4 share a multiple of their group's scale
#define PAGE 64    // positions of a page of keys and values
