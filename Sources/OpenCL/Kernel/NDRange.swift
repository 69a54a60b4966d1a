/// The size of a grid of work-items, or of one work-group of it, in up to three dimensions.
public struct NDRange: Hashable, Sendable {
  /// Along `get_global_id(0)`.
  public var x: Int
  /// Along `get_global_id(1)`.
  public var y: Int
  /// Along `get_global_id(2)`.
  public var z: Int

  /// A range; dimensions left out are 1.
  public init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// Whether the range can be cut into work-groups of this size.
  func isDivisible(by local: NDRange) -> Bool {
    func divides(_ part: Int, _ whole: Int) -> Bool { whole > 0 && part > 0 && whole.isMultiple(of: part) }
    return divides(local.x, x) && divides(local.y, y) && divides(local.z, z)
  }
}

extension NDRange: ExpressibleByIntegerLiteral {
  /// A range of one dimension.
  public init(integerLiteral value: Int) { self.init(value) }
}

extension NDRange: CustomStringConvertible {
  /// The sizes, as in `64 x 1 x 1`.
  public var description: String { "\(x) x \(y) x \(z)" }
}
