// A shuffle that names all lanes, of which half has taken another way.
// expects: an operation of a warp that is not together
// items: 32  arguments: buffer 128
__kernel void bug(__global uint* y) {
  const int i = (int)get_local_id(0);
  uint value = (uint)i;
#ifndef GOOD
  if (i < 16)
#endif
    __asm__ volatile("shfl.sync.bfly.b32 %0, %0, 1, 0x1f, 0xffffffff;" : "+r"(value));
  y[i] = value;
}
