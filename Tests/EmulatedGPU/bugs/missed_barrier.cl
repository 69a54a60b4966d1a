// What another item writes is read without a barrier between.
// expects: two work-items touch one address without a barrier between them | local memory is read before it is written
// items: 64  arguments: buffer 256
__kernel void bug(__global float* y) {
  __local float room[64];
  const int i = (int)get_local_id(0);
  room[i] = (float)i;
#ifdef GOOD
  barrier(CLK_LOCAL_MEM_FENCE);
#endif
  y[i] = room[63 - i];
}
