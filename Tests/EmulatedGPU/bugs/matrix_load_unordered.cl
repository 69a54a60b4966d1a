// ldmatrix of what other lanes have just written, without a barrier even of the warp.
// expects: two work-items touch one address without a barrier between them | local memory is read before it is written
// items: 32  arguments: buffer 128
__kernel void bug(__global uint* y) {
  __local uint4 room[32];
  const int i = (int)get_local_id(0);
  room[i ^ 1] = (uint4)((uint)i);
#ifdef GOOD
  __asm__ volatile("bar.warp.sync 0xffffffff;" : : : "memory");
#endif
  uint a, b, c, d;
  __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                   : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"((uint)(size_t)&room[i]) : "memory");
  y[i] = a + b + c + d;
}
