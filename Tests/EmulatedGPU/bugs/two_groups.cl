// Two work-groups that write one address.
// expects: items of two work-groups touch one address
// items: 32  groups: 2  arguments: buffer 256
__kernel void bug(__global float* y) {
#ifdef GOOD
  y[get_global_id(0)] = 1.0f;
#else
  y[get_local_id(0)] = (float)get_group_id(0);
#endif
}
