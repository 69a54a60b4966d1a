// cp.async with one group waited for too few.
// expects: local memory is used before cp.async has filled it
// items: 32  arguments: buffer 1024, buffer 512
__kernel void bug(__global const uint4* x, __global uint4* y) {
  __local uint4 room[2][32];
  const int i = (int)get_local_id(0);
  for (int stage = 0; stage < 2; stage++) {
    __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16;"
                     : : "r"((uint)(size_t)&room[stage][i]), "l"(x + stage * 32 + i) : "memory");
    __asm__ volatile("cp.async.commit_group;" : : : "memory");
  }
#ifdef GOOD
  __asm__ volatile("cp.async.wait_group 0;" : : : "memory");
#else
  __asm__ volatile("cp.async.wait_group 1;" : : : "memory");
#endif
  barrier(CLK_LOCAL_MEM_FENCE);
  y[i] = room[0][31 - i] + room[1][31 - i];
}
