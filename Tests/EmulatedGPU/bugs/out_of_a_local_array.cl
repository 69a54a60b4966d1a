// A store behind one local array, where on a GPU the next one begins.
// expects: an access outside of local memory; byte 256 of the local array 'first' of 256
// items: 64  arguments: buffer 256
__kernel void bug(__global float* y) {
  __local float first[64], second[64];
  const int i = (int)get_local_id(0);
#ifdef GOOD
  first[i] = 1.0f;
#else
  first[i + 1] = 1.0f;
#endif
  second[i] = 2.0f;
  barrier(CLK_LOCAL_MEM_FENCE);
  y[i] = first[63 - i] + second[63 - i];
}
