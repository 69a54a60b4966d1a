internal import COpenCL

/// Makes an OpenCL call; every call that can fail goes through here.
///
/// - Parameters:
///   - routine: The C name.
///   - context: The call's subject, for messages; evaluated only when it fails.
@inline(__always)
func check(
  _ routine: StaticString, _ context: @autoclosure () -> String? = nil, call: () -> cl_int
) throws(OpenCLError) {
  let status = FaultInjection.status(for: routine) ?? Status(rawValue: call())
  guard status == .success else {
    throw OpenCLError(routine: routine.description, status: status, context: context())
  }
}

/// Makes an OpenCL call that returns a new object and its status through a pointer.
func create(
  _ routine: StaticString, _ context: @autoclosure () -> String? = nil,
  call: (UnsafeMutablePointer<cl_int>) -> OpaquePointer?
) throws(OpenCLError) -> OpaquePointer {
  var object: OpaquePointer?
  try check(routine, context()) {
    var status = CL_SUCCESS
    object = call(&status)
    return status
  }
  guard let object else {
    throw OpenCLError(routine: routine.description, status: .invalidValue, context: "the driver returned no object")
  }
  return object
}

/// Handles from a routine that answers first how many there are, then which.
func list(
  _ routine: StaticString, context: String? = nil,
  get: (cl_uint, UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<cl_uint>?) -> cl_int
) throws(OpenCLError) -> [OpaquePointer?] {
  var count: cl_uint = 0
  try check(routine, context) { get(0, nil, &count) }
  guard count > 0 else { return [] }
  var handles = [OpaquePointer?](repeating: nil, count: Int(count))
  try check(routine, context) { get(count, &handles, nil) }
  return handles
}
