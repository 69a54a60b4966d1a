// mma.sync of half a warp.
// expects: an operation of a warp that is not together
// items: 32  arguments: buffer 512
__kernel void bug(__global float4* y) {
  const int i = (int)get_local_id(0);
  float4 sum = (float4)(0.0f);
#ifndef GOOD
  if (i % 2)
#endif
    __asm__ volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                     "{%0,%1,%2,%3}, {%4,%4,%4,%4}, {%4,%4}, {%0,%1,%2,%3};"
                     : "+f"(sum.x), "+f"(sum.y), "+f"(sum.z), "+f"(sum.w) : "r"(0x3C003C00u));
  y[i] = sum;
}
