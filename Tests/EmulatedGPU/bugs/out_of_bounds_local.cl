// A load behind the end of local memory that the host gave.
// expects: an access outside of local memory; of the local memory of argument 1, of 256
// items: 64  arguments: buffer 256, local 256
__kernel void bug(__global float* y, __local float* room) {
  const int i = (int)get_local_id(0);
  room[i] = (float)i;
  barrier(CLK_LOCAL_MEM_FENCE);
#ifdef GOOD
  y[i] = room[(i + 1) % 64];
#else
  y[i] = room[i + 1];
#endif
}
