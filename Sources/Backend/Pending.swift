/// A value on its way from the device.
package struct Pending<Value> {
  private let result: () throws -> Value

  /// A value that `result` waits for.
  package init(_ result: @escaping () throws -> Value) { self.result = result }

  /// Waits for it.
  package func wait() throws -> Value { try result() }
}
