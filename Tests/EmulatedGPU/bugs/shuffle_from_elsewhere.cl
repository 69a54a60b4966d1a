// A shuffle of half a warp that reads from the other half.
// expects: a shuffle reads from a lane that does not take part
// items: 32  arguments: buffer 128
__kernel void bug(__global uint* y) {
  const int i = (int)get_local_id(0);
  uint value = (uint)i;
  if (i < 16) {
#ifdef GOOD
    __asm__ volatile("shfl.sync.bfly.b32 %0, %0, 8, 0x1f, 0x0000ffff;" : "+r"(value));
#else
    __asm__ volatile("shfl.sync.bfly.b32 %0, %0, 16, 0x1f, 0x0000ffff;" : "+r"(value));
#endif
  }
  y[i] = value;
}
