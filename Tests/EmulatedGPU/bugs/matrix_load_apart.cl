// ldmatrix that lanes leave before.
// expects: an operation of a warp that is not together; which has ended
// items: 32  arguments: buffer 128
__kernel void bug(__global uint* y) {
  __local uint4 room[32];
  const int i = (int)get_local_id(0);
  room[i] = (uint4)((uint)i);
  barrier(CLK_LOCAL_MEM_FENCE);
#ifndef GOOD
  if (i == 31) return;
#endif
  uint a, b, c, d;
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                   : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"((uint)(size_t)&room[i]) : "memory");
  y[i] = a + b + c + d;
}
