// Local memory that nobody has written.
// expects: local memory is read before it is written; byte 252 of the local array 'room' of 256
// items: 64  arguments: buffer 256
__kernel void bug(__global float* y) {
  __local float room[64];
  const int i = (int)get_local_id(0);
#ifdef GOOD
  room[i] = 1.0f;
#else
  if (i < 63) room[i] = 1.0f;
#endif
  barrier(CLK_LOCAL_MEM_FENCE);
  y[i] = room[i];
}
