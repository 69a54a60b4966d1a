// Local memory is used again while others may still read it.
// expects: touch one address without a barrier between them; writes it, item .* read it | reads it, item .* wrote it
// items: 64  arguments: buffer 256, 4
__kernel void bug(__global float* y, const int steps) {
  __local float room[64];
  const int i = (int)get_local_id(0);
  float sum = 0.0f;
  for (int step = 0; step < steps; step++) {
    room[i] = (float)(i + step);
    barrier(CLK_LOCAL_MEM_FENCE);
    sum += room[63 - i];
#ifdef GOOD
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
  }
  y[i] = sum;
}
