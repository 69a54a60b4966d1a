// A loop that does not end.
// expects: a kernel that does not end
// items: 32  arguments: buffer 128
__kernel void bug(__global volatile uint* y) {
  const int i = (int)get_local_id(0);
#ifdef GOOD
  for (uint n = 0; n != 10; n++) y[i] = n;
#else
  for (uint n = 1; n != 10; n += 2) y[i] = n;
#endif
}
