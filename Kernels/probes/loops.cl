// Whether loops run to their end: a driver that bounds the iterations of a work-item leaves them early, without error.
//
//   x[0] = 1;  x[i+1] = (1664525 x[i] + 1013904223) mod 2^32;  y = x[rounds]
//
// y  (1)  uint
//
// One work-item.  Compilers know no short cut to the end of this sequence, whose period is 2^32.

__kernel void run_loop(__global uint* restrict y, const int rounds) {
  uint x = 1;
  for (int i = 0; i < rounds; i++) x = x * 1664525u + 1013904223u;
  *y = x;
}
