internal import COpenCL

/// Reads values through one of the `clGet…Info` routines, which all answer in the same way: first the size of a value,
/// then its bytes.
struct InfoQuery {
  private let routine: StaticString
  private let get: (cl_uint, Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int

  /// - Parameter get: The routine, given the parameter's name, the room in bytes, the room, and where the size goes.
  init(
    _ routine: StaticString,
    get: @escaping (cl_uint, Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int
  ) {
    self.routine = routine
    self.get = get
  }

  /// A number, a flag set or a handle.
  func value<Value: BitwiseCopyable>(_ name: Int32, as type: Value.Type = Value.self) throws(OpenCLError) -> Value {
    guard let value = try array(name, of: type).first else {
      throw OpenCLError(routine: routine.description, status: .invalidValue, context: "no value for \(name)")
    }
    return value
  }

  /// A list of numbers.
  func array<Value: BitwiseCopyable>(_ name: Int32, of type: Value.Type = Value.self) throws(OpenCLError) -> [Value] {
    var byteCount = 0
    try check(routine) { get(cl_uint(name), 0, nil, &byteCount) }
    let count = byteCount / MemoryLayout<Value>.stride
    guard count > 0 else { return [] }

    // The initializer rethrows `any Error`, so a typed error leaves its closure as a value.
    var status = CL_SUCCESS
    let values = [Value](unsafeUninitializedCapacity: count) { storage, initialized in
      status = get(cl_uint(name), count * MemoryLayout<Value>.stride, storage.baseAddress, nil)
      initialized = status == CL_SUCCESS ? count : 0
    }
    try check(routine) { status }
    return values
  }

  /// A text, without the zero that ends it in C.
  func string(_ name: Int32) throws(OpenCLError) -> String {
    String(decoding: try array(name, of: UInt8.self).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// A size or a count.
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ name: Int32, as type: Value.Type
  ) throws(OpenCLError) -> Int {
    Int(clamping: try value(name, as: type))
  }

  /// A `cl_bool`.
  func bool(_ name: Int32) throws(OpenCLError) -> Bool {
    try value(name, as: cl_bool.self) != 0
  }
}
