// selected[r][c] = x[rows[r]][c]
//
// x, selected  (…, stride) fp32          rows  (R) indices of rows of x
//
// Global size (stride rounded up to LOCAL, R), local (LOCAL, 1).

#ifndef LOCAL
#define LOCAL 32  // work-items in a work-group
#endif

__kernel __attribute__((reqd_work_group_size(LOCAL, 1, 1)))
void gather(__global const float* restrict x, __global const int* restrict rows, __global float* restrict selected,
            const int stride) {
  const int c = (int)get_global_id(0);
  const size_t r = get_global_id(1);
  if (c < stride) selected[r * stride + c] = x[(size_t)rows[r] * stride + c];
}
