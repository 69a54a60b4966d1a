// Work-groups that wait for one more than there are.
// expects: a kernel that does not end
// items: 32  groups: 3  arguments: buffer 4
__kernel void bug(volatile __global int* arrivals) {
#ifdef GOOD
  const int awaited = (int)get_num_groups(0);
#else
  const int awaited = (int)get_num_groups(0) + 1;
#endif
  if (get_local_id(0) == 0) {
    atomic_inc(arrivals);
    while (atomic_add(arrivals, 0) < awaited) continue;
  }
}
