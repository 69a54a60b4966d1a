// cp.async that its own item has waited for, but not the item that reads.
// expects: touch one address without a barrier between them | local memory is used before cp.async has filled it
// items: 64  arguments: buffer 1024, buffer 1024
__kernel void bug(__global const uint4* x, __global uint4* y) {
  __local uint4 room[64];
  const int i = (int)get_local_id(0);
  __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16;" : : "r"((uint)(size_t)&room[i]), "l"(x + i) : "memory");
  __asm__ volatile("cp.async.wait_all;" : : : "memory");
#ifdef GOOD
  barrier(CLK_LOCAL_MEM_FENCE);
#endif
  y[i] = room[i ^ 1];
}
