// A barrier that only half of the items reach.
// expects: a barrier that not all work-items of the group reach
// items: 64  arguments: buffer 256
__kernel void bug(__global float* y) {
  __local float room[64];
  const int i = (int)get_local_id(0);
#ifndef GOOD
  if (i >= 32) return;
#endif
  room[i] = (float)i;
  barrier(CLK_LOCAL_MEM_FENCE);
  y[i] = room[i ^ 1];
}
