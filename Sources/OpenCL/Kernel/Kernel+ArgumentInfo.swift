internal import COpenCL

extension Kernel {
  /// The source's declaration of each argument, where the program was built with `-cl-kernel-arg-info`.
  public func argumentInfo() throws(OpenCLError) -> [KernelArgumentInfo] {
    var arguments: [KernelArgumentInfo] = []
    for index in 0..<cl_uint(argumentCount) {
      let info = InfoQuery("clGetKernelArgInfo") { [handle] in clGetKernelArgInfo(handle, index, $0, $1, $2, $3) }
      let qualifiers = try info.integer(CL_KERNEL_ARG_TYPE_QUALIFIER)
      arguments.append(
        KernelArgumentInfo(
          name: try info.string(CL_KERNEL_ARG_NAME),
          typeName: try info.string(CL_KERNEL_ARG_TYPE_NAME),
          addressSpace: AddressSpace(try info.integer(CL_KERNEL_ARG_ADDRESS_QUALIFIER)),
          isConst: qualifiers & UInt64(CL_KERNEL_ARG_TYPE_CONST) != 0))
    }
    return arguments
  }
}

extension AddressSpace {
  fileprivate init(_ qualifier: UInt64) {
    switch Int32(qualifier) {
    case CL_KERNEL_ARG_ADDRESS_GLOBAL: self = .global
    case CL_KERNEL_ARG_ADDRESS_CONSTANT: self = .constant
    case CL_KERNEL_ARG_ADDRESS_LOCAL: self = .local
    default: self = .private
    }
  }
}
