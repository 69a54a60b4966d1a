// A prefetch of what is behind a buffer: nothing comes of it, and nothing is fetched.
// expects: an access outside of all buffers
// items: 32  arguments: buffer 4096
__kernel void bug(__global int* x) {
#ifdef GOOD
  const size_t i = get_local_id(0);
#else
  const size_t i = get_local_id(0) + 1;
#endif
  __asm__ volatile("prefetch.global.L2 [%0];" : : "l"(x + 32 * i));
}
