import Testing

@testable import Checkpoint

@Suite struct PickleReaderTests {
  private func read(_ bytes: [UInt8]) throws(CheckpointError) -> PickleObjects {
    try PickleReader.read(FileData("m.bin", bytes), 0..<bytes.count)
  }

  /// The sentence for protocol 2 and these opcodes.
  private func refusal(_ opcodes: [UInt8]) -> String {
    message { () throws(CheckpointError) in try read([0x80, 2] + opcodes) }
  }

  private func refusal(_ opcodes: String) -> String { refusal(Array(opcodes.utf8)) }

  private func integer(_ opcodes: [UInt8]) throws -> Int? {
    guard case .integer(let value) = try read([0x80, 2] + opcodes + Array(".".utf8)).root else { return nil }
    return value
  }

  @Test func readsIntegers() throws {
    #expect(try integer([UInt8(ascii: "K"), 200]) == 200)
    #expect(try integer([UInt8(ascii: "M"), 0x34, 0x12]) == 0x1234)
    #expect(try integer([UInt8(ascii: "J"), 0xFE, 0xFF, 0xFF, 0xFF]) == -2)
    #expect(try integer([0x8A, 0]) == 0)
    #expect(try integer([0x8A, 1, 0xFF]) == -1)
    #expect(try integer([0x8A, 2, 0xFF, 0x00]) == 255)
    #expect(try integer([0x8A, 8] + Int.min.bytes) == .min)
  }

  @Test func readsAStateDictionary() throws {
    let tensors = [StoredTensor("wte.weight", [3, 2]), StoredTensor("mask", [], .uint8)]
    let object = try read(PickleWriter.stateDictionary(tensors))
    #expect(object.storages.map(\.key) == ["0", "1"])
    #expect(object.storages.map(\.elementCount) == [6, 1])
    #expect(object.tensors.map(\.shape) == [[3, 2], []])
    #expect(object.tensors.map(\.strides) == [[2, 1], []])
    #expect(
      object.globals == [
        "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.FloatStorage", "torch.ByteStorage",
      ])
  }

  @Test(arguments: [
    ("posix", "system"), ("os", "system"), ("builtins", "eval"), ("__builtin__", "exec"), ("subprocess", "Popen"),
    ("torch", "load"), ("torch.serialization", "load"), ("torch", "hub.load"), ("torch.storage", "_load_from_bytes"),
    ("marshal", "loads"), ("collections", "defaultdict"), ("torch", "UntypedStorage"),
    ("torch._utils", "_rebuild_sparse_tensor"),
    ("torch.FloatStorage", "__class__"), ("collections", "OrderedDict.__class__"),
  ])
  func refusesNames(module: String, name: String) {
    let call = PickleWriter.global(module, name) + PickleWriter.tuple([PickleWriter.text("id")]) + Array("R.".utf8)
    let sentence = refusal(call)
    #expect(sentence.contains("asks for \(module).\(name), which is not among the 43 names"))
    #expect(sentence.hasSuffix("nothing was run"))
  }

  @Test func reportsEveryNameRefused() throws {
    let pickle =
      [0x80, 2] + PickleWriter.global("os", "system") + PickleWriter.global("builtins", "eval") + Array("Z".utf8)
    let error = #expect(throws: CheckpointError.self) { try read(pickle) }
    #expect(error?.refusedGlobals == ["os.system", "builtins.eval"])
    #expect(error?.problem.contains("os.system, builtins.eval, which are not") == true)
  }

  @Test func refusesNamesThatCouldDeceive() {
    #expect(refusal(Array("cos\u{1B}[2J\nsystem\n.".utf8)).contains("not plain ASCII"))
    #expect(refusal("cos system\nx\n.").contains("not plain ASCII"))
    #expect(refusal("c" + String(repeating: "a", count: 300) + "\nb\n.").contains("not plain ASCII"))
    #expect(refusal("cos").contains("ends too early"))
  }

  @Test(arguments: [
    "I0x10\n.", "L1L\n.", "S'x'\n.", "Vx\n.", "ios\nsystem\n.", "(os\nsystem\no.", "Pid\n.", "p0\n.", "g0\n.", "2.",
    "0.",
    "d.", "l.", "F0.5\n.", "C\u{1}x.", "B\u{1}\0\0\0x.",
  ])
  func refusesOtherOpcodes(_ opcodes: String) {
    #expect(refusal(opcodes).contains("which torch.save does not write"))
  }

  @Test(arguments: [0x81, 0x82, 0x8B, 0x8C, 0x8D, 0x8E, 0x90, 0x92, 0x93, 0x94, 0x95, 0x96] as [UInt8])
  func refusesOpcodesOfLaterProtocols(_ opcode: UInt8) {
    #expect(refusal([opcode, 0, 0, 0, 0, 0, 0, 0, 0]).contains("which torch.save does not write"))
  }

  @Test func refusesOtherProtocols() {
    #expect(message { () throws(CheckpointError) in try read([0x80, 4, 0x4E, 0x2E]) }.contains("protocol 4"))
  }

  @Test(arguments: [
    (".", "takes more than it has put"), ("(.", "takes more than it has put"), ("t.", "has not opened"),
    ("N(\u{7}", "which torch.save"), ("N(s", "takes more"), ("NNNs.", "no dictionary"), ("N(NNu.", "no dictionary"),
    ("}(Nu.", "no dictionary"), ("NNa.", "no list"), ("}(Ne.", "no list"), ("h\u{5}.", "has not stored"),
    ("NR.", "takes more"), ("N)R.", "not one of the allowed"),
    ("ccollections\nOrderedDict\nNR.", "not one of the allowed"),
    ("ccollections\nOrderedDict\n(Nt", "ends too early"),
    ("ccollections\nOrderedDict\n(NtR.", "OrderedDict of something"),
    ("N}b.", "sets attributes"), ("NQ.", "refers to something that is no storage"), (")Q.", "no storage"),
    ("ctorch._utils\n_rebuild_tensor_v2\n)R.", "in a way that torch.save does not"),
    ("ctorch\nFloatStorage\n)R.", "in a way that torch.save does not"),
    ("ctorch._utils\n_rebuild_parameter\n(NNNtR.", "no tensor"), ("ctorch\nSize\nNR.", "not one of the allowed"),
    ("ctorch\nSize\n)R}b.", "sets attributes"), ("ctorch\nSize\n)RQ.", "no storage"),
  ])
  func refusesMisuse(opcodes: String, reason: String) {
    #expect(refusal(opcodes).contains(reason))
  }

  @Test func refusesHugeLengths() {
    #expect(refusal([UInt8(ascii: "X"), 0xFF, 0xFF, 0xFF, 0xFF, 0x61]).contains("ends too early"))
    #expect(refusal([0x8A, 0xFF, 0x01]).contains("an integer of 255 bytes"))
    #expect(refusal([0x8A, 9] + [UInt8](repeating: 0, count: 9)).contains("an integer of 9 bytes"))
  }

  @Test func memoTakesAnyIndexWithoutMemory() throws {
    let pickle: [UInt8] = [
      0x80, 2, 0x4B, 7, UInt8(ascii: "r"), 0xFF, 0xFF, 0xFF, 0xFF, 0x4E, UInt8(ascii: "j"), 0xFF, 0xFF, 0xFF, 0xFF,
      0x2E,
    ]
    guard case .integer(7) = try read(pickle).root else {
      Issue.record("the memo lost its value")
      return
    }
  }

  @Test func nestingIsNoRecursion() throws {
    let deep = [UInt8](repeating: 0x85, count: 500_000)
    _ = try read([0x80, 2, 0x4E] + deep + Array(".".utf8))
    let marks = [UInt8](repeating: UInt8(ascii: "("), count: 300_000)
    let tuples = [UInt8](repeating: UInt8(ascii: "t"), count: 300_000)
    _ = try read([0x80, 2] + marks + tuples + Array(".".utf8))
    // A list inside itself.
    _ = try read([0x80, 2] + Array("]q\0h\0a.".utf8))
  }

  @Test func boundsTheNumberOfOpcodes() {
    #expect(refusal([UInt8](repeating: UInt8(ascii: ")"), count: 1 << 20)).contains("more than 1048576 opcodes"))
    // Doubling by reference: 2^60 elements to whoever expands them.
    let double = Array("q\0h\0".utf8) + [0x86]
    let bomb = [[0x29], [[UInt8]](repeating: double, count: 60).flatMap(\.self), Array(".".utf8)].flatMap(\.self)
    #expect(refusal(bomb) == "")
  }

  @Test(arguments: [
    (offset: 0, shape: [6], strides: [1], fits: true),
    (offset: 0, shape: [3, 2], strides: [1, 3], fits: true),
    (offset: 0, shape: [2, 3], strides: [0, 1], fits: true),
    (offset: 6, shape: [0], strides: [1], fits: true),
    (offset: 1, shape: [6], strides: [1], fits: false),
    (offset: -1, shape: [6], strides: [1], fits: false),
    (offset: 7, shape: [0], strides: [1], fits: false),
    (offset: 5, shape: [2], strides: [-1], fits: false),
    (offset: 0, shape: [-1], strides: [1], fits: false),
    (offset: 0, shape: [2], strides: [6], fits: false),
    (offset: 0, shape: [2], strides: [1, 1], fits: false),
    (offset: 0, shape: [2, 2], strides: [.max, 1], fits: false),
    (offset: 0, shape: [4, 1], strides: [.max, 1], fits: false),
    (offset: 0, shape: [1 << 32, 1 << 32], strides: [0, 0], fits: false),
    (offset: 0, shape: [1, 1, 1, 1, 1, 1, 1, 1, 1], strides: [1, 1, 1, 1, 1, 1, 1, 1, 1], fits: false),
  ])
  func tensorsLieInTheirStorage(offset: Int, shape: [Int], strides: [Int], fits: Bool) {
    let storage = PickleWriter.storage(.float32, key: "0", count: 6, legacy: false)
    let sentence = refusal(
      PickleWriter.tensor(storage: storage, offset: offset, shape: shape, strides: strides) + Array(".".utf8))
    #expect(fits ? sentence == "" : sentence.contains("does not lie inside its storage"))
  }

  @Test func storagesHaveOneDescription() {
    let first = PickleWriter.storage(.float32, key: "0", count: 6, legacy: false)
    let second = PickleWriter.storage(.float32, key: "0", count: 7, legacy: false)
    #expect(refusal(PickleWriter.tuple([first, second]) + Array(".".utf8)).contains("storage '0' in two ways"))
    let negative = PickleWriter.storage(.float32, key: "0", count: -1, legacy: false)
    #expect(refusal(negative + Array(".".utf8)).contains("describes a storage wrongly"))
  }
}
