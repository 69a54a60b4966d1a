// Two items that write one address without a barrier.
// expects: two work-items touch one address without a barrier between them; writes it, item .* wrote it
// items: 64  arguments: buffer 256
__kernel void bug(__global float* y) {
  const int i = (int)get_local_id(0);
#ifdef GOOD
  y[i] = (float)i;
#else
  y[i / 2] = (float)i;
#endif
}
