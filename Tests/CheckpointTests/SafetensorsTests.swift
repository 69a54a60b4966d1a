import Testing

@testable import Checkpoint

@Suite struct SafetensorsTests {
  private func read(_ bytes: [UInt8]) throws(CheckpointError) -> [TensorView] {
    try Safetensors(FileData("m.safetensors", bytes)).tensors
  }

  private func read(header: String, data: Int = 0) throws(CheckpointError) -> [TensorView] {
    try read(SafetensorsWriter.file(header: header, data: [UInt8](repeating: 0, count: data)))
  }

  @Test func readsEveryType() throws {
    // Which has a code in pickles alone.
    let types = ScalarType.allCases.filter { $0 != .complex128 }
    let stored = types.map { StoredTensor("\($0)", [2, 3], $0) }
    let tensors = try read(SafetensorsWriter.file(stored, padding: 5))
    try #require(tensors.count == stored.count)
    for (tensor, stored) in zip(tensors, stored) {
      #expect(tensor.name == stored.name)
      #expect(tensor.scalarType == stored.scalarType)
      #expect(tensor.shape == stored.shape)
      #expect(tensor.elementCount == 6)
      #expect(tensor.bytes == stored.bytes)
    }
  }

  @Test func tensorsComeInTheOrderOfTheirBytes() throws {
    let header =
      "{" + SafetensorsWriter.entry("b", "U8", [2], [3, 5]) + ","
      + SafetensorsWriter.entry("empty", "F32", [0, 9], [3, 3])
      + "," + SafetensorsWriter.entry("a", "U8", [3], [0, 3]) + "}"
    #expect(try read(header: header, data: 5).map(\.name) == ["a", "empty", "b"])
  }

  @Test func holdsTheHeaderToItsLength() {
    #expect(message { () throws(CheckpointError) in try read([]) }.contains("ends too early"))
    #expect(message { () throws(CheckpointError) in try read([1, 0, 0]) }.contains("ends too early"))
    let beyond = UInt64(100).bytes + Array("{}".utf8)
    #expect(message { () throws(CheckpointError) in try read(beyond) }.contains("ends too early"))
    for length in [UInt64(1 << 24) + 1, UInt64.max, UInt64.max - 7] {
      let sentence = message { () throws(CheckpointError) in try read(length.bytes + Array("{}".utf8)) }
      #expect(sentence.contains("claims a header of \(length) bytes; at most 16777216"))
    }
  }

  @Test(arguments: [
    (" {}", "does not start with '{'"),
    ("", "does not start with '{'"),
    ("{]", "not valid JSON"),
    ("{} x", "not valid JSON"),
    (#"{"a":1}"#, "tensor 'a' has no dtype"),
    (#"{"a":{"dtype":"C32","shape":[],"data_offsets":[0,4]}}"#, "dtype C32, which is not supported"),
    (#"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, "has no shape"),
    (#"{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}"#, "has no shape"),
    (#"{"a":{"dtype":"U8","shape":[-1,-4],"data_offsets":[0,4]}}"#, "out of range"),
    (#"{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, "out of range"),
    (#"{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,4]}}"#, "out of range"),
    (#"{"a":{"dtype":"U8","shape":[4]}}"#, "no data_offsets inside the 4 bytes"),
    (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}"#, "no data_offsets"),
    (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-1,3]}}"#, "no data_offsets"),
    (#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#, "no data_offsets"),
    (#"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}"#, "no data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}"#, "has 4 bytes where float32 [4] takes 16"),
    (#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}"#, "starts at byte 1 of the data, where 0"),
    (#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#, "has 4 bytes of data, but its tensors take 3"),
    (
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
      "overlap or leave a gap"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}"#,
      "holds 'a' twice"
    ),
  ])
  func refuses(header: String, reason: String) {
    #expect(message { () throws(CheckpointError) in try read(header: header, data: 4) }.contains(reason))
  }

  @Test func refusesAHeaderThatIsNotUTF8() {
    let bytes = UInt64(5).bytes + [UInt8(ascii: "{"), 0x22, 0xFF, 0x22, UInt8(ascii: "}")]
    #expect(message { () throws(CheckpointError) in try read(bytes) }.contains("not UTF-8"))
  }
}
