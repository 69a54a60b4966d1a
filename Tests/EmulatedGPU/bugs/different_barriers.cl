// Items of one group that wait at two barriers.
// expects: a barrier that not all work-items of the group reach; waits at another barrier
// items: 64  arguments: buffer 256
__kernel void bug(__global float* y) {
  __local float room[64];
  const int i = (int)get_local_id(0);
#ifdef GOOD
  room[i] = (float)i;
  barrier(CLK_LOCAL_MEM_FENCE);
  y[i] = room[63 - i];
#else
  if (i < 32) {
    room[i] = (float)i;
    barrier(CLK_LOCAL_MEM_FENCE);
    y[i] = room[63 - i];
  } else {
    room[i] = 2.0f;
    y[i] = 3.0f;
    barrier(CLK_LOCAL_MEM_FENCE);
    y[i] *= room[i - 32];
  }
#endif
}
