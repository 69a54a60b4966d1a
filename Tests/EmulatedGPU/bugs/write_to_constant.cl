// A store to memory that the argument's own kernel declares constant, by way of a cast.
// expects: an access outside of all buffers | a write to constant memory
// items: 1  arguments: buffer 128
__constant int table[4] = {1, 2, 3, 4};
__kernel void bug(__global int* y) {
#ifdef GOOD
  y[0] = table[y[1] & 3];
#else
  __global int* place = (__global int*)(size_t)table;
  place[y[1] & 3] = 5;
  y[0] = table[y[2] & 3];
#endif
}
