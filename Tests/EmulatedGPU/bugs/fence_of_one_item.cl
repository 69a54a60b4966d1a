// The last work-group reads what the others have written; one item alone fences, before the barrier.
// expects: items of two work-groups touch one address
// items: 64  groups: 3  arguments: buffer 768, buffer 4, buffer 256
#define DEVICE_FENCE() __asm__ volatile("membar.gl;" ::: "memory")
__kernel void bug(__global float* x, volatile __global int* arrivals, __global float* y) {
  __local int last;
  x[get_global_id(0)] = (float)get_group_id(0);
#ifndef GOOD
  if (get_local_id(0) == 0)
#endif
    DEVICE_FENCE();
  barrier(CLK_LOCAL_MEM_FENCE);
  if (get_local_id(0) == 0) {
    last = atomic_inc(arrivals) == (int)get_num_groups(0) - 1;
    DEVICE_FENCE();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const int i = (int)get_local_id(0);
  if (last) y[i] = x[i] + x[i + 64] + x[i + 128];
}
