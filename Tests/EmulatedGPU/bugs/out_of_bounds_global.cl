// A store behind the end of a buffer, by the last item.
// expects: an access outside of all buffers; byte 256 of the buffer of argument 0, of 256
// items: 64  arguments: buffer 256
__kernel void bug(__global float* y) {
  const int i = (int)get_global_id(0);
#ifdef GOOD
  y[i] = 1.0f;
#else
  y[i + 1] = 1.0f;
#endif
}
