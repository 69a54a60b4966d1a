// A store of 8 bytes to local memory at an odd multiple of 4.
// expects: a misaligned access of local memory; expected a multiple of 8 bytes
// items: 32  arguments: buffer 256, local 512
__kernel void bug(__global float2* y, __local float* room) {
  const int i = (int)get_local_id(0);
#ifdef GOOD
  __local float2* at = (__local float2*)(room + 2);
#else
  __local float2* at = (__local float2*)(room + 1);
#endif
  at[i] = (float2)(1.0f, (float)i);
  barrier(CLK_LOCAL_MEM_FENCE);
  y[i] = at[31 - i];
}
