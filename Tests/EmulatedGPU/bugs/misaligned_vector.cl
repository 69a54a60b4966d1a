// A load of 16 bytes at a multiple of 4.
// expects: a misaligned access; expected a multiple of 16 bytes
// items: 32  arguments: buffer 1024, buffer 512
__kernel void bug(__global const float* x, __global float4* y) {
  const int i = (int)get_global_id(0);
#ifdef GOOD
  y[i] = *(__global const float4*)(x + 4 * i + 4);
#else
  y[i] = *(__global const float4*)(x + 4 * i + 1);
#endif
}
