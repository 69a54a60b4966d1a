// An integer divided by zero, in one item.
// expects: integer division by zero
// items: 32  arguments: buffer 128
__kernel void bug(__global int* y) {
  const int i = (int)get_local_id(0);
#ifdef GOOD
  y[i] = 1000 / (i + 1);
#else
  y[i] = 1000 / (i - 7);
#endif
}
