@testable import Checkpoint

/// Writes zip archives as torch does (stored, data descriptors, 64-byte alignment), right ones and wrong ones.
struct ZipWriter {
  struct Entry {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0x0808
    var localName: String?
    var checksum: UInt32?
    /// The directory's claim, where it is not the truth.
    var claimedSize: UInt32?
    var claimedOffset: UInt32?
    var zip64 = false

    init(_ name: String, _ data: [UInt8]) {
      self.name = name
      self.data = data
    }
  }

  var entries: [Entry] = []
  var zip64 = true
  var comment: [UInt8] = []
  /// The end record's claim, where it is not the truth.
  var claimedCount: UInt16?

  func file() -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = file.count
      let localName = Array((entry.localName ?? entry.name).utf8)
      let padding = (64 - (offset + 30 + localName.count + 4) % 64) % 64
      file += UInt32(0x0403_4B50).bytes + UInt16(0).bytes + entry.flags.bytes + entry.method.bytes
      file += [UInt8](repeating: 0, count: 16)  // time, checksum, sizes: in the data descriptor
      file += UInt16(localName.count).bytes + UInt16(4 + padding).bytes + localName
      file += Array("FB".utf8) + UInt16(padding).bytes + [UInt8](repeating: 0x5A, count: padding)
      file += entry.data
      let checksum = entry.checksum ?? entry.data.withUnsafeBytes { CRC32.checksum($0) }
      let size = entry.claimedSize ?? UInt32(entry.data.count)
      file += UInt32(0x0807_4B50).bytes + checksum.bytes + size.bytes + size.bytes

      let extra =
        entry.zip64
        ? UInt16(1).bytes + UInt16(24).bytes + UInt64(size).bytes + UInt64(size).bytes + UInt64(offset).bytes : []
      let name = Array(entry.name.utf8)
      directory +=
        UInt32(0x0201_4B50).bytes + UInt32(0).bytes + entry.flags.bytes + entry.method.bytes + UInt32(0).bytes
      directory += checksum.bytes + (entry.zip64 ? UInt32.max : size).bytes + (entry.zip64 ? UInt32.max : size).bytes
      directory += UInt16(name.count).bytes + UInt16(extra.count).bytes + UInt16(0).bytes + UInt16(0).bytes
      directory += UInt16(0).bytes + UInt32(0).bytes
      directory += (entry.zip64 ? UInt32.max : entry.claimedOffset ?? UInt32(offset)).bytes + name + extra
    }
    let start = file.count
    let count = claimedCount ?? UInt16(entries.count)
    file += directory
    if zip64 {
      let record = file.count
      file += UInt32(0x0606_4B50).bytes + UInt64(44).bytes + UInt32(0).bytes + UInt64(0).bytes
      file += UInt64(count).bytes + UInt64(count).bytes + UInt64(directory.count).bytes + UInt64(start).bytes
      file += UInt32(0x0706_4B50).bytes + UInt32(0).bytes + UInt64(record).bytes + UInt32(1).bytes
    }
    file += UInt32(0x0605_4B50).bytes + UInt32(0).bytes + count.bytes + count.bytes
    file += UInt32(directory.count).bytes + UInt32(start).bytes + UInt16(comment.count).bytes + comment
    return file
  }
}
