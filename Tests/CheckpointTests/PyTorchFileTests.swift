import Testing

@testable import Checkpoint

@Suite struct PyTorchFileTests {
  private func read(_ bytes: [UInt8], verify: Bool = false) throws(CheckpointError) -> PyTorchFile {
    try PyTorchFile(FileData("m.bin", bytes), verify: verify)
  }

  private func refusal(_ bytes: [UInt8], verify: Bool = false) -> String {
    message { () throws(CheckpointError) in try read(bytes, verify: verify) }
  }

  private let stored = ScalarType.allCases.map { StoredTensor("\($0)", [2, 3], $0) } + [StoredTensor("scalar", [])]

  private func check(_ file: PyTorchFile) throws {
    try #require(file.tensors.count == stored.count)
    for (tensor, stored) in zip(file.tensors, stored) {
      #expect(tensor.name == stored.name)
      #expect(tensor.scalarType == stored.scalarType)
      #expect(tensor.shape == stored.shape)
      #expect(tensor.bytes == stored.bytes)
    }
  }

  @Test func readsAnArchive() throws {
    let file = try read(PyTorchWriter.archive(stored).file(), verify: true)
    #expect(file.format == .pytorchZip)
    try check(file)
  }

  @Test func readsALegacyFile() throws {
    let file = try read(PyTorchWriter.legacy(stored))
    #expect(file.format == .pytorchLegacy)
    try check(file)
  }

  /// 2 × 3 numbers, and views of them.
  private func archive(_ views: [(name: String, offset: Int, shape: [Int], strides: [Int])], count: Int = 6) -> [UInt8]
  {
    let storage = PickleWriter.storage(.int16, key: "0", count: count, legacy: false)
    let pickle = PickleWriter.stateDictionary(
      views.map {
        ($0.name, PickleWriter.tensor(storage: storage, offset: $0.offset, shape: $0.shape, strides: $0.strides))
      })
    return PyTorchWriter.archive(pickle: pickle, storages: [[0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0]]).file()
  }

  @Test func gathersStridedTensors() throws {
    let file = try read(
      archive([
        ("plain", 0, [2, 3], [3, 1]), ("part", 3, [3], [1]), ("transposed", 0, [3, 2], [1, 3]),
        ("repeated", 1, [2, 2], [0, 1]), ("ones", 2, [1, 3, 1], [77, 1, 0]), ("empty", 0, [0, 3], [1, 1]),
        ("far", 0, [2, 1, 2], [1, .max, 2]),
      ]))
    let values = file.tensors.map { tensor in tensor.bytes.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) }
    #expect(
      values == [[0, 1, 2, 3, 4, 5], [3, 4, 5], [0, 3, 1, 4, 2, 5], [1, 2, 1, 2], [2, 3, 4], [], [0, 2, 1, 3]])
    // Contiguous views lie in the file itself.
    #expect(file.tensors[0].file === file.tensors[1].file)
    #expect(file.tensors[0].byteOffset + 6 == file.tensors[1].byteOffset)
    #expect(file.tensors[2].file !== file.tensors[0].file)
  }

  /// Sizes beside a size of 0 may be anything: no product of theirs is taken without a look.
  @Test func aTensorOfNoElementsMayHaveAnySizes() throws {
    let (huge, most) = (1 << 40, Int.max)
    let file = try read(
      archive([
        ("a", 0, [0, huge, huge], [0, huge, 1]), ("b", 6, [0, most], [most, 1]),
        ("c", 0, [0, most, 2], [1, most, most]),
      ]))
    #expect(file.tensors.allSatisfy { $0.bytes.isEmpty } && file.tensors.map(\.elementCount) == [0, 0, 0])
    for shape in [[huge, huge, 0], [most, 2], [-1, 0], [0, -1]] {
      #expect(
        refusal(archive([("t", 0, shape, shape.map { _ in 1 })])).contains("does not lie inside its storage"),
        "\(shape)")
    }
  }

  /// Of a storage of bytes, in elements of the tensor's own type.
  @Test func aNewTypeIsHeldToItsStorage() throws {
    func tensor(_ type: String, of stored: ScalarType, count: Int, offset: Int = 0, shape: [Int] = [2, 2]) -> [UInt8] {
      let storage = PickleWriter.storage(stored, key: "0", count: count, legacy: false)
      let value = PickleWriter.tensor(
        storage: storage, offset: offset, shape: shape, strides: PickleWriter.rowMajor(shape), newType: type)
      let bytes = (0..<UInt8(count * stored.byteCount)).map { $0 }
      return PyTorchWriter.archive(pickle: PickleWriter.stateDictionary([("t", value)]), storages: [bytes]).file()
    }
    let file = try read(tensor("uint16", of: .uint16, count: 6, offset: 2))
    #expect(file.tensors[0].bytes == [4, 5, 6, 7, 8, 9, 10, 11] && file.scalarTypes == [.uint16: 1])
    for (bytes, sentence) in [
      (tensor("uint16", of: .uint16, count: 6, offset: 3), "does not lie inside its storage"),
      (tensor("uint64", of: .uint16, count: 6), "does not lie inside its storage"),
      (tensor("float8_e5m2", of: .float32, count: 4), "describes the type of a tensor wrongly"),
      (tensor("FloatStorage", of: .float8, count: 4), "describes the type of a tensor wrongly"),
      (tensor("float4_e2m1fn_x2", of: .float8, count: 4), "asks for torch.float4_e2m1fn_x2"),
    ] { #expect(refusal(bytes).contains(sentence), "\(refusal(bytes))") }
  }

  @Test func tiedTensorsShareTheirBytes() throws {
    let file = try read(archive([("wte.weight", 0, [2, 3], [3, 1]), ("lm_head.weight", 0, [2, 3], [3, 1])]))
    #expect(file.tensors[0].byteRange == file.tensors[1].byteRange)
  }

  @Test func sharingDoesNotMultiplyMemory() {
    let bomb = [(name: "t", offset: 0, shape: [1 << 30, 2], strides: [0, 1])]
    #expect(refusal(archive(bomb)).contains("together are more than the file"))
  }

  @Test func storageSizeMustMatch() {
    #expect(refusal(archive([("t", 0, [2], [1])], count: 5)).contains("has 12 bytes, but its pickle says 5 × int16"))
    #expect(refusal(archive([("t", 0, [2], [1])], count: .max)).contains("but its pickle says"))
    let pickle = PickleWriter.stateDictionary([StoredTensor("t", [2])])
    let archive = PyTorchWriter.archive(pickle: pickle, storages: []).file()
    #expect(refusal(archive).contains("has no entry 'archive/data/0'"))
  }

  @Test func refusesWhatIsNoStateDictionary() {
    func archive(_ pickle: [UInt8]) -> [UInt8] { PyTorchWriter.archive(pickle: pickle, storages: []).file() }
    #expect(refusal(archive([0x80, 2] + Array("N.".utf8))).contains("does not hold a state_dict"))
    let nested = PickleWriter.stateDictionary([("state_dict", Array("}".utf8))])
    #expect(refusal(archive(nested)).contains("'state_dict' is not a tensor"))
    let numbered = PickleWriter.stateDictionary([("x", Array("N".utf8))]) + [0]
    #expect(refusal(archive(numbered)).contains("has 1 bytes after the end of its pickle"))
    #expect(refusal(archive([0x80, 2] + Array("}NNs.".utf8))).contains("whose name is no text"))
  }

  /// As transformers, which loads the rest: a step's number, a loss, a name.
  @Test func whatHoldsNoWeightsIsLeftOut() throws {
    let storage = PickleWriter.storage(.int16, key: "0", count: 2, legacy: false)
    let loss = [UInt8(ascii: "G"), 0x3F, 0xE0, 0, 0, 0, 0, 0, 0]  // 0.5
    let pickle = PickleWriter.stateDictionary([
      ("epoch", PickleWriter.integer(3)), ("loss", loss),
      ("t", PickleWriter.tensor(storage: storage, shape: [2], strides: [1])),
      ("best", [0x88]), ("name", PickleWriter.text("gpt2")), ("hook", Array("N".utf8)),
    ])
    let file = try read(PyTorchWriter.archive(pickle: pickle, storages: [[1, 0, 2, 0]]).file())
    #expect(file.tensors.map(\.name) == ["t"])
    let short = PickleWriter.stateDictionary([("loss", Array(loss.prefix(5)))])
    #expect(throws: CheckpointError.self) { try read(PyTorchWriter.archive(pickle: short, storages: []).file()) }
  }

  /// As torch.load 2.13 with weights_only and transformers, which takes the tensors alone.
  @Test func collectionsBesideWeightsAreLeftOut() throws {
    let storage = PickleWriter.storage(.float32, key: "0", count: 2, legacy: false)
    let weights = PickleWriter.tensor(storage: storage, shape: [2], strides: [1])
    let size =
      PickleWriter.global("torch", "Size") + PickleWriter.tuple([PickleWriter.integers([1, 2])]) + Array("R".utf8)
    let others: [(name: String, value: [UInt8])] = [
      ("list", Array("]".utf8)), ("pair", PickleWriter.integers([1, 2])), ("size", size),
      ("dtype", PickleWriter.global("torch", "float32")), ("args", Array("}".utf8)),
    ]
    func file(_ entries: [(name: String, value: [UInt8])]) -> [UInt8] {
      PyTorchWriter.archive(pickle: PickleWriter.stateDictionary(entries), storages: [[UInt8](repeating: 0, count: 8)])
        .file()
    }
    let read = try read(file(others + [("transformer.h.0.ln_1.bias", weights)]))
    #expect(read.tensors.map(\.name) == ["transformer.h.0.ln_1.bias"])
    #expect(refusal(file(others + [("step", weights)])).contains("'list' is not a tensor"))
  }

  @Test func viewsOfOtherNumbersAreTold() {
    let storage = PickleWriter.storage(.int16, key: "0", count: 2, legacy: false)
    let fields = [storage, PickleWriter.integer(0), PickleWriter.integers([2]), PickleWriter.integers([1]), [0x89]]
    let rest = [
      PickleWriter.emptyOrderedDictionary, Array("}".utf8) + PickleWriter.text("neg") + [0x88] + Array("s".utf8),
    ]
    let tensor =
      PickleWriter.global("torch._utils", "_rebuild_tensor_v2") + PickleWriter.tuple(fields + rest) + Array("R".utf8)
    let pickle = PickleWriter.stateDictionary([("t", tensor)])
    let file = PyTorchWriter.archive(pickle: pickle, storages: [[1, 0, 2, 0]]).file()
    #expect(refusal(file).contains("save it after resolve_neg()"))
  }

  /// Its integers, texts and collections are protocol 2's.
  @Test func protocol3IsRead() throws {
    let storage = PickleWriter.storage(.int16, key: "0", count: 2, legacy: false)
    var pickle = PickleWriter.stateDictionary([
      ("t", PickleWriter.tensor(storage: storage, shape: [2], strides: [1]))
    ])
    #expect(pickle[1] == 2)
    pickle[1] = 3
    #expect(try read(PyTorchWriter.archive(pickle: pickle, storages: [[1, 0, 2, 0]]).file()).tensors.count == 1)
    // Bytes, which no state_dict of tensors has.
    #expect(
      refusal(PyTorchWriter.archive(pickle: [0x80, 3] + Array("C\u{1}x.".utf8), storages: []).file()).contains("0x43"))
  }

  @Test func refusesDuplicateNames() {
    #expect(refusal(archive([("t", 0, [2], [1]), ("t", 2, [2], [1])])).contains("holds 't' twice"))
  }

  @Test func refusesOtherContainers() {
    var zip = PyTorchWriter.archive(stored)
    zip.entries[1].data = Array("big".utf8)
    #expect(refusal(zip.file()).contains("not written on a little-endian machine"))
    #expect(
      refusal(PyTorchWriter.legacy(stored, littleEndian: false)).contains("not written on a little-endian machine"))

    zip = PyTorchWriter.archive(stored)
    zip.entries.append(.init("archive/constants.pkl", []))
    #expect(refusal(zip.file()).contains("is a TorchScript program"))

    zip = PyTorchWriter.archive(stored)
    zip.entries.append(.init("other/data.pkl", [0x80, 2, 0x4E, 0x2E]))
    #expect(refusal(zip.file()).contains("has 2 entries named data.pkl"))
    zip.entries[0].name = "archive/DATA.PKL"
    zip.entries.removeLast()
    #expect(refusal(zip.file()).contains("has 0 entries named data.pkl"))

    let tar = [UInt8](repeating: 0, count: 257) + Array("ustar".utf8) + [UInt8](repeating: 0, count: 250)
    #expect(refusal(tar).contains("tar form that PyTorch wrote before 0.1.10"))
    #expect(refusal([]).contains("is not a file written by torch.save"))
  }

  @Test func legacyDataMustEndWhereTheFileDoes() {
    let file = PyTorchWriter.legacy(stored)
    #expect(refusal(file + [0]).contains("has 1 bytes after its last tensor"))
    #expect(refusal(file.dropLast()).contains("the tensor data ends too early"))
  }

  @Test func aPayloadInALaterPickleIsRefused() {
    // The keys of a legacy file, replaced by a call.
    let head = PyTorchLegacyFile.magic + [0x80, 2] + PickleWriter.integer(1001) + Array(".".utf8)
    let system = [0x80, 2] + Array("}".utf8) + PickleWriter.text("little_endian") + [0x88] + Array("s.".utf8)
    let call =
      [0x80, 2] + PickleWriter.global("os", "system") + PickleWriter.tuple([PickleWriter.text("id")]) + Array("R.".utf8)
    let sentence = refusal(head + system + PickleWriter.stateDictionary([], legacy: true) + call)
    #expect(sentence.contains("asks for os.system"))
  }

  @Test func refusesLegacyViews() {
    var fields = [PickleWriter.text("storage"), PickleWriter.global("torch", "FloatStorage")]
    fields += [PickleWriter.text("0"), PickleWriter.text("cpu"), PickleWriter.integer(2), PickleWriter.integers([1])]
    let storage = PickleWriter.tuple(fields) + Array("Q".utf8)
    let pickle = PickleWriter.stateDictionary([("t", PickleWriter.tensor(storage: storage, shape: [2], strides: [1]))])
    #expect(refusal(PyTorchWriter.archive(pickle: pickle, storages: []).file()).contains("storages that are views"))
  }

  @Test func readsParameters() throws {
    let storage = PickleWriter.storage(.float32, key: "0", count: 2, legacy: false)
    let tensor = PickleWriter.tensor(storage: storage, shape: [2], strides: [1])
    let arguments = PickleWriter.tuple([tensor, [0x88], PickleWriter.emptyOrderedDictionary])
    let parameter = PickleWriter.global("torch._utils", "_rebuild_parameter") + arguments + Array("R".utf8)
    let pickle = PickleWriter.stateDictionary([("t", parameter)])
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    #expect(try read(PyTorchWriter.archive(pickle: pickle, storages: [bytes]).file()).tensors[0].bytes == bytes)
  }

  @Test func masksAreCountedAndDropped() throws {
    let file = try read(PyTorchWriter.archive([StoredTensor("h.0.attn.c_attn.bias", [3])] + Fixture.masks()).file())
    #expect(file.tensors.map(\.name) == ["h.0.attn.c_attn.bias"])
    #expect(file.scalarTypes == [.float32: 3, .uint8: 2])
  }
}
