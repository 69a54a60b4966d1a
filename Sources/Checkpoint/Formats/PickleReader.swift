/// Reads the pickles (protocol 2, or 3 without its bytes) that `torch.save` writes for a state_dict, and runs nothing.
///
/// Opcodes outside this subset, and names outside ``PickleGlobal``, are refused. Every value costs at least one
/// byte of the pickle and there is one loop and no recursion, so memory and time are bounded by
/// ``maximumOpcodeCount``. Semantics: CPython `Lib/pickle.py`, restricted as torch's `_weights_only_unpickler.py`.
struct PickleReader {
  /// A GPT-2 XL state_dict takes about 25,000.
  static let maximumOpcodeCount = 1 << 20

  var reader: ByteReader
  var objects = PickleObjects()
  private var stack: [PickleValue] = []
  /// Stack heights at the open MARKs.
  private var marks: [Int] = []
  private var memo: [UInt32: PickleValue] = [:]
  var askedGlobals = Set<String>()
  var refusedGlobals: [String] = []
  var storageIndices: [String: Int] = [:]

  private init(_ reader: ByteReader) { self.reader = reader }

  /// Reads the pickle that starts at the start of a range.
  static func read(_ file: FileData, _ range: Range<Int>) throws(CheckpointError) -> PickleObjects {
    try file.withBytes { bytes throws(CheckpointError) in
      var reader = PickleReader(ByteReader(name: file.name, subject: "the pickle", bytes: bytes, range: range))
      do throws(CheckpointError) {
        try reader.run()
      } catch  where reader.refusedGlobals.isEmpty {
        throw error
      } catch {
        // A refused name says more than the error that follows from it.
      }
      guard reader.refusedGlobals.isEmpty else { throw reader.refusal() }
      return reader.objects
    }
  }

  private mutating func run() throws(CheckpointError) {
    for _ in 0..<Self.maximumOpcodeCount {
      let opcode = try reader.read(UInt8.self)
      if opcode == UInt8(ascii: ".") {  // STOP
        objects.root = try pop()
        objects.end = reader.position
        return
      }
      try execute(opcode)
    }
    throw error("has more than \(Self.maximumOpcodeCount) opcodes")
  }

  private mutating func execute(_ opcode: UInt8) throws(CheckpointError) {
    switch opcode {
    case 0x80:  // PROTO
      let version = try reader.read(UInt8.self)
      guard 2...3 ~= version else { throw error("has protocol \(version); torch.save writes protocol 2") }
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.boolean(true))  // NEWTRUE
    case 0x89: stack.append(.boolean(false))  // NEWFALSE
    case UInt8(ascii: "J"): stack.append(.integer(Int(try reader.read(Int32.self))))  // BININT
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.read(UInt8.self))))  // BININT1
    case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.read(UInt16.self))))  // BININT2
    case 0x8A: stack.append(.integer(try long()))  // LONG1
    case UInt8(ascii: "G"):  // BINFLOAT
      _ = try reader.read(UInt64.self)
      stack.append(.float)
    case UInt8(ascii: "X"):  // BINUNICODE
      stack.append(.text(try reader.skip(Int(try reader.read(UInt32.self)))))
    case UInt8(ascii: "("): marks.append(stack.count)  // MARK
    case UInt8(ascii: ")"): pushTuple([])  // EMPTY_TUPLE
    case 0x85: pushTuple(try pop(1))  // TUPLE1
    case 0x86: pushTuple(try pop(2))  // TUPLE2
    case 0x87: pushTuple(try pop(3))  // TUPLE3
    case UInt8(ascii: "t"): pushTuple(try popToMark())  // TUPLE
    case UInt8(ascii: "]"):  // EMPTY_LIST
      stack.append(.list(objects.lists.count))
      objects.lists.append([])
    case UInt8(ascii: "a"): try append(try pop(1))  // APPEND
    case UInt8(ascii: "e"): try append(try popToMark())  // APPENDS
    case UInt8(ascii: "}"): pushDictionary()  // EMPTY_DICT
    case UInt8(ascii: "s"): try set(try pop(2))  // SETITEM
    case UInt8(ascii: "u"): try set(try popToMark())  // SETITEMS
    case UInt8(ascii: "q"): memo[UInt32(try reader.read(UInt8.self))] = try top()  // BINPUT
    case UInt8(ascii: "r"): memo[try reader.read(UInt32.self)] = try top()  // LONG_BINPUT
    case UInt8(ascii: "h"): try recall(UInt32(try reader.read(UInt8.self)))  // BINGET
    case UInt8(ascii: "j"): try recall(try reader.read(UInt32.self))  // LONG_BINGET
    case UInt8(ascii: "c"): stack.append(try global())  // GLOBAL
    case UInt8(ascii: "Q"): stack.append(try storage(try pop()))  // BINPERSID
    case UInt8(ascii: "R"): try reduce()  // REDUCE
    case UInt8(ascii: "b"): try build()  // BUILD
    default:
      let code = String(opcode, radix: 16, uppercase: true)
      throw error("has opcode 0x\(code) at byte \(reader.position - 1), which torch.save does not write")
    }
  }

  func error(_ problem: String) -> CheckpointError { CheckpointError(reader.name, "the pickle \(problem)") }
}

// MARK: The stack

extension PickleReader {
  private func top() throws(CheckpointError) -> PickleValue {
    // Values below an open MARK belong to the collection it opened.
    guard stack.count > marks.last ?? 0, let value = stack.last else { throw error("takes more than it has put") }
    return value
  }

  private mutating func pop() throws(CheckpointError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw error("takes more than it has put") }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw error("closes a collection that it has not opened") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func recall(_ index: UInt32) throws(CheckpointError) {
    guard let value = memo[index] else { throw error("recalls value \(index), which it has not stored") }
    stack.append(value)
  }

  /// A two's complement integer of up to 8 bytes, little-endian.
  private mutating func long() throws(CheckpointError) -> Int {
    let count = Int(try reader.read(UInt8.self))
    guard count <= 8 else { throw error("has an integer of \(count) bytes; 8 are enough for any size") }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(try reader.read(UInt8.self)) << (8 * index) }
    let unused = 64 - 8 * count
    return count == 0 ? 0 : Int(Int64(bitPattern: value << unused) >> unused)
  }
}

// MARK: Collections

extension PickleReader {
  private mutating func pushTuple(_ values: [PickleValue]) {
    stack.append(.tuple(objects.tuples.count))
    objects.tuples.append(values)
  }

  private mutating func pushDictionary() {
    stack.append(.dictionary(objects.dictionaries.count))
    objects.dictionaries.append([])
  }

  private mutating func append(_ values: [PickleValue]) throws(CheckpointError) {
    guard case .list(let index) = try top() else { throw error("appends to something that is no list") }
    objects.lists[index] += values
  }

  private mutating func set(_ items: [PickleValue]) throws(CheckpointError) {
    guard case .dictionary(let index) = try top(), items.count.isMultiple(of: 2) else {
      throw error("sets items of something that is no dictionary")
    }
    for item in stride(from: 0, to: items.count, by: 2) {
      objects.dictionaries[index].append((key: items[item], value: items[item + 1]))
    }
  }

  /// Calls a global with a tuple of arguments: the known ones are done here.
  private mutating func reduce() throws(CheckpointError) {
    let arguments = try pop()
    let callee = try pop()
    if case .refused = callee { return stack.append(.refused) }
    guard case .global(let global) = callee, case .tuple(let index) = arguments else {
      throw error("calls something that is not one of the allowed functions")
    }
    let values = objects.tuples[index]
    switch global {
    case .orderedDictionary:
      guard values.isEmpty else { throw error("makes an OrderedDict of something") }
      pushDictionary()
    case .plain: stack.append(.none)
    default: stack.append(try tensor(global, values))
    }
  }

  /// Sets an object's attributes: here, only drops the `_metadata` of a state_dict.
  private mutating func build() throws(CheckpointError) {
    _ = try pop()
    switch try top() {
    case .dictionary, .refused: break
    default: throw error("sets attributes of something that is no dictionary")
    }
  }
}
