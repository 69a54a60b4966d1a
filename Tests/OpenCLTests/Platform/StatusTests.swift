import OpenCL
import Testing

struct StatusTests {
  @Test(arguments: [
    (0, "CL_SUCCESS"), (-1, "CL_DEVICE_NOT_FOUND"), (-5, "CL_OUT_OF_RESOURCES"), (-11, "CL_BUILD_PROGRAM_FAILURE"),
    (-19, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE"), (-30, "CL_INVALID_VALUE"), (-52, "CL_INVALID_KERNEL_ARGS"),
    (-61, "CL_INVALID_BUFFER_SIZE"), (-68, "CL_INVALID_DEVICE_PARTITION_COUNT"), (-1001, "CL_PLATFORM_NOT_FOUND_KHR"),
    (-20, "OpenCL status -20"), (-29, "OpenCL status -29"), (-69, "OpenCL status -69"), (7, "OpenCL status 7"),
    (Int32.min, "OpenCL status -2147483648"),
  ])
  func hasItsNameInC(code: Int32, name: String) {
    #expect(Status(rawValue: code).name == name)
  }

  @Test func errorsReadAsSentences() {
    let memory = OpenCLError(
      routine: "clCreateBuffer", status: .memoryObjectAllocationFailure, context: "2.0 GiB on a device")
    #expect(
      memory.description == "The OpenCL device has no memory left: 2.0 GiB on a device "
        + "(clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE)")
    #expect(memory.isOutOfMemory)

    let build = OpenCLError(routine: "clBuildProgram", status: .buildProgramFailure, buildLog: "line 1: no")
    #expect(
      build.description
        == "The OpenCL compiler refused a program (clBuildProgram: CL_BUILD_PROGRAM_FAILURE)\nline 1: no")
    #expect(!build.isOutOfMemory)
  }
}
