/// A value on a pickle's stack. Compound values stand in ``PickleObjects`` and are named by their place there, so
/// that however deeply a pickle nests them, nothing here recurses.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int)
  /// No tensor is described by one, so that its value is not kept.
  case float
  /// UTF-8 bytes, by their place in the file.
  case text(Range<Int>)
  case tuple(Int), list(Int), dictionary(Int), storage(Int), tensor(Int)
  case global(PickleGlobal)
  /// A name that is not allowed, or an object made with one. Reading goes on, to report every such name at once.
  case refused
}

/// A run of elements in the file that tensors refer to.
struct PickledStorage: Hashable {
  let key: String
  let scalarType: ScalarType
  let elementCount: Int
}

/// A tensor as a pickle describes it: a strided view of a storage, in elements. Checked to lie inside it.
struct PickledTensor {
  let storage: Int
  let scalarType: ScalarType
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// Everything that a pickle made, and its result.
struct PickleObjects {
  var tuples: [[PickleValue]] = []
  var lists: [[PickleValue]] = []
  /// In the order of insertion.
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []
  /// Every name asked for, in order, each once.
  var globals: [String] = []
  /// The object that the pickle stands for.
  var root = PickleValue.none
  /// Where the pickle ended in the file.
  var end = 0
}

extension PickledTensor {
  private static let maximumRank = 8

  /// - Parameter elementCount: How many elements the storage holds.
  /// - Returns: `nil` where the view is malformed or reaches outside its storage.
  init?(
    storage: Int, scalarType: ScalarType, elementCount count: Int, offset: Int, shape: [Int], strides: [Int]
  ) {
    guard shape.count == strides.count, shape.count <= Self.maximumRank, 0...count ~= offset,
      strides.allSatisfy({ $0 >= 0 }), let elements = elementCount(of: shape)
    else { return nil }
    if elements > 0 {
      var last = offset
      for (size, stride) in zip(shape, strides) {
        let (distance, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
        let (sum, sumOverflow) = last.addingReportingOverflow(distance)
        if overflow || sumOverflow { return nil }
        last = sum
      }
      if last >= count { return nil }
    }
    self.storage = storage
    self.scalarType = scalarType
    self.offset = offset
    self.shape = shape
    // Nothing lies that far where there is but one; it may be any number.
    self.strides = zip(shape, strides).map { $0 > 1 ? $1 : 0 }
  }

  /// Whether the elements lie in row-major order without gaps. The stride of a dimension of size 1 is of no account.
  var isContiguous: Bool {
    // Of no elements there are no gaps; and where there are some, no part of the product below can overflow.
    if shape.contains(0) { return true }
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }
}
