// What another item of the group writes to a buffer is read without a barrier between: seen if the writer runs first.
// expects: two work-items touch one address without a barrier between them; reads it, item .* wrote it
// items: 64  arguments: buffer 256, buffer 256  orders: any
__kernel void bug(__global float* x, __global float* y) {
  const int i = (int)get_local_id(0);
  x[i] = (float)i;
#ifdef GOOD
  barrier(CLK_GLOBAL_MEM_FENCE);
#endif
  y[i] = x[63 - i];
}
