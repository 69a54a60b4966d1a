// Work-groups that wait for one another, and read what the others have written: an item does not wait for its group
// before it says that all is written.
// expects: items of two work-groups touch one address
// items: 64  groups: 3  arguments: buffer 768, buffer 4, buffer 768  orders: any
#define DEVICE_FENCE() __asm__ volatile("membar.gl;" ::: "memory")
__kernel void bug(__global float* x, volatile __global int* arrivals, __global float* y) {
  const int i = (int)get_global_id(0), all = (int)get_global_size(0);
  x[i] = (float)i;
#ifdef GOOD
  barrier(CLK_LOCAL_MEM_FENCE);
#endif
  if (get_local_id(0) == 0) {
    DEVICE_FENCE();
    atomic_inc(arrivals);
    while (*arrivals < (int)get_num_groups(0)) continue;
    atomic_add(arrivals, 0);
    DEVICE_FENCE();
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  y[i] = x[all - 1 - i];
}
