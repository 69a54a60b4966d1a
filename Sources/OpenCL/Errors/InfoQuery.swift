internal import COpenCL

/// Reads values through one of the `clGet…Info` routines, which all answer alike: the size of a value, and its bytes.
struct InfoQuery {
  /// The routine, given the value's name, the room for it in bytes, where it goes, and where its size goes.
  typealias Routine = (cl_uint, Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int

  private let name: StaticString
  private let routine: Routine

  init(_ name: StaticString, routine: @escaping Routine) {
    self.name = name
    self.routine = routine
  }

  /// A value as it lies in memory.
  func bytes(_ parameter: Int32) throws(OpenCLError) -> [UInt8] {
    var size = 0
    try check(name) { routine(cl_uint(parameter), 0, nil, &size) }
    var bytes = [UInt8](repeating: 0, count: size)
    guard size > 0 else { return bytes }
    try check(name) { routine(cl_uint(parameter), size, &bytes, nil) }
    return bytes
  }

  /// A number, a truth value or a set of flags, of whatever size C gives it.
  func integer(_ parameter: Int32) throws(OpenCLError) -> UInt64 {
    // Little-endian, as every host of an OpenCL driver is.
    try bytes(parameter).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A size or a count.
  func count(_ parameter: Int32) throws(OpenCLError) -> Int {
    Int(clamping: try integer(parameter))
  }

  /// A list of `size_t`.
  func sizes(_ parameter: Int32) throws(OpenCLError) -> [Int] {
    try bytes(parameter).withUnsafeBytes { Array($0.bindMemory(to: Int.self)) }
  }

  /// A text, without the zero that ends it in C.
  func string(_ parameter: Int32) throws(OpenCLError) -> String {
    String(decoding: try bytes(parameter).prefix { $0 != 0 }, as: UTF8.self)
  }
}
