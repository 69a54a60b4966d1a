/// Versions of OpenCL C, as compilers are told them.
enum KernelLanguage: String {
  case c12 = "CL1.2"
  case c30 = "CL3.0"
}
