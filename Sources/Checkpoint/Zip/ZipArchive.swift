/// A zip archive of stored entries, as `torch.save` writes it since 1.6. Nothing is ever decompressed.
///
/// Only the central directory is believed (PKWARE APPNOTE 4.3.12; local sizes are often zero), and it must leave
/// no room for another reader to see other bytes: no comment, no gap before the end records, unique names.
struct ZipArchive {
  struct Entry {
    let name: String
    /// Where the entry's bytes lie in the file.
    let data: Range<Int>
    /// CRC-32 of the bytes.
    let checksum: UInt32
  }

  /// The bytes every archive with entries starts with.
  static let magic: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  let file: FileData
  /// In the directory's order.
  let entries: [Entry]
  private let indices: [String: Int]

  init(_ file: FileData) throws(CheckpointError) {
    self.file = file
    entries = try file.withBytes { bytes throws(CheckpointError) in
      try ZipDirectoryReader(name: file.name, bytes: bytes).entries()
    }
    indices = Dictionary(zip(entries.map(\.name), entries.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The entry of this name, `nil` where there is none.
  func entry(_ name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// Compares every entry with its checksum: reads the whole file.
  func verify() throws(CheckpointError) {
    for entry in entries {
      let checksum = file.withBytes { CRC32.checksum(UnsafeRawBufferPointer(rebasing: $0[entry.data])) }
      guard checksum == entry.checksum else {
        throw CheckpointError(file.name, "'\(entry.name)' is damaged: its bytes do not have the checksum recorded")
      }
      file.release(entry.data)
    }
  }
}
