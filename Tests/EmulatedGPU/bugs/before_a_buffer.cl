// A load before the start of a buffer.
// expects: an access outside of all buffers; byte -4 of the buffer of argument 0
// items: 64  arguments: buffer 256, buffer 256
__kernel void bug(__global const float* x, __global float* y) {
  const int i = (int)get_global_id(0);
#ifdef GOOD
  y[i] = x[max(i - 1, 0)];
#else
  y[i] = x[i - 1];
#endif
}
