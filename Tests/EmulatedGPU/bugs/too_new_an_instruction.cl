// An instruction that the device does not have.
// expects: requires sm_80 or higher
// items: 32  arguments: buffer 128  target: 75
__kernel void bug(__global uint* y) {
  uint value = get_local_id(0);
#ifndef GOOD
  __asm__ volatile("redux.sync.add.u32 %0, %0, 0xffffffff;" : "+r"(value));
#endif
  y[get_local_id(0)] = value;
}
