// The group that comes last reads what the others wrote, without a fence before the count of those that are there.
// expects: items of two work-groups touch one address
// items: 32  groups: 4  arguments: buffer 512, buffer 4, buffer 128
__kernel void bug(__global volatile float* parts, __global volatile uint* arrivals, __global float* y) {
  __local uint isLast;
  const int i = (int)get_local_id(0);
  parts[get_global_id(0)] = (float)i;
#ifdef GOOD
  __asm__ volatile("membar.gl;" ::: "memory");
#else
  __asm__ volatile("membar.cta;" ::: "memory");
#endif
  barrier(CLK_LOCAL_MEM_FENCE);
  if (i == 0) isLast = atomic_inc(arrivals) == get_num_groups(0) - 1;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (!isLast) return;
  __asm__ volatile("membar.gl;" ::: "memory");
  float sum = 0.0f;
  for (int group = 0; group < 4; group++) sum += parts[group * 32 + i];
  y[i] = sum;
}
