/// Reads and checks a zip archive's central directory (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3).
struct ZipDirectoryReader {
  /// A directory record of one entry.
  private struct Record {
    var name: String
    var flags: UInt16
    var size: Int
    var checksum: UInt32
    var headerOffset: Int
  }

  private static let maximumEntryCount = 1 << 14
  /// Bit 3, sizes follow the data; bit 11, the name is UTF-8. Encryption and patches are among the others.
  private static let allowedFlags: UInt16 = 0x0808
  private static let endRecordByteCount = 22
  private static let zip64LocatorByteCount = 20

  let name: String
  let bytes: UnsafeRawBufferPointer

  func entries() throws(CheckpointError) -> [ZipArchive.Entry] {
    let (directory, count) = try directoryRange()
    var reader = reader(directory)
    var records: [Record] = []
    for _ in 0..<count { records.append(try record(&reader)) }
    guard reader.isAtEnd else { throw error("has \(directory.count) bytes for \(count) entries, which is too many") }

    try requireUniqueNames(records)
    var entries: [ZipArchive.Entry] = []
    for record in records { entries.append(try entry(record, before: directory.lowerBound)) }
    try requireDisjoint(records, entries)
    return entries
  }

  // MARK: End records

  /// Finds the directory by the record that ends the file, and the 64-bit one before it where there is one.
  private func directoryRange() throws(CheckpointError) -> (range: Range<Int>, count: Int) {
    let endRecord = bytes.count - Self.endRecordByteCount
    var reader = reader(endRecord..<bytes.count)
    guard endRecord >= 0, try reader.read(UInt32.self) == 0x0605_4B50 else {
      throw error("is missing at the end of the file: is the file complete?")
    }
    let disks = try (reader.read(UInt16.self), reader.read(UInt16.self))
    let counts = try (reader.read(UInt16.self), reader.read(UInt16.self))
    let (size, offset) = try (reader.read(UInt32.self), reader.read(UInt32.self))
    _ = try reader.read(UInt16.self)  // the comment's length; the file ends here, so there can be none

    if let large = try zip64EndRecord(before: endRecord) {
      guard disks == (0, 0), agrees(counts.0, large.count), agrees(counts.1, large.count),
        agrees(size, large.range.count), agrees(offset, large.range.lowerBound)
      else { throw error("has two end records that contradict each other") }
      return large
    }
    guard disks == (0, 0), counts.0 == counts.1 else { throw error("spans several disks") }
    return try checkedRange(offset: UInt64(offset), size: UInt64(size), count: UInt64(counts.1), end: endRecord)
  }

  private func zip64EndRecord(before endRecord: Int) throws(CheckpointError) -> (range: Range<Int>, count: Int)? {
    let locator = endRecord - Self.zip64LocatorByteCount
    guard locator >= 0 else { return nil }
    var reader = reader(locator..<endRecord)
    guard try reader.read(UInt32.self) == 0x0706_4B50 else { return nil }
    _ = try reader.read(UInt32.self)  // the disk of the record, which is checked there
    guard let start = Int(exactly: try reader.read(UInt64.self)), start < locator else {
      throw error("has a zip64 locator that points outside the file")
    }
    reader = self.reader(start..<locator)
    let signature = try reader.read(UInt32.self)
    let byteCount = try reader.read(UInt64.self)
    _ = try (reader.read(UInt16.self), reader.read(UInt16.self))  // versions
    let disks = try (reader.read(UInt32.self), reader.read(UInt32.self))
    let counts = try (reader.read(UInt64.self), reader.read(UInt64.self))
    let (size, offset) = try (reader.read(UInt64.self), reader.read(UInt64.self))
    // The record's own length leaves out its first 12 bytes.
    guard signature == 0x0606_4B50, byteCount == locator - start - 12, disks == (0, 0), counts.0 == counts.1 else {
      throw error("has a damaged zip64 end record")
    }
    return try checkedRange(offset: offset, size: size, count: counts.1, end: start)
  }

  private func checkedRange(
    offset: UInt64, size: UInt64, count: UInt64, end: Int
  ) throws(CheckpointError) -> (range: Range<Int>, count: Int) {
    guard count <= Self.maximumEntryCount else {
      throw error("claims \(count) entries; at most \(Self.maximumEntryCount) are read")
    }
    guard let start = Int(exactly: offset), start <= end, size == end - start else {
      throw error("does not lie directly before its end record")
    }
    return (start..<end, Int(count))
  }

  /// Whether a field is the same in its wide form, or left to it by being all ones.
  private func agrees<I: FixedWidthInteger & UnsignedInteger>(_ field: I, _ wide: Int) -> Bool {
    field == .max || field == wide
  }

  // MARK: Entries

  private func record(_ reader: inout ByteReader) throws(CheckpointError) -> Record {
    guard try reader.read(UInt32.self) == 0x0201_4B50 else { throw error("is damaged at byte \(reader.position - 4)") }
    _ = try (reader.read(UInt16.self), reader.read(UInt16.self))  // versions
    let (flags, method) = try (reader.read(UInt16.self), reader.read(UInt16.self))
    _ = try reader.read(UInt32.self)  // time
    let checksum = try reader.read(UInt32.self)
    let (packedSize, size) = try (reader.read(UInt32.self), reader.read(UInt32.self))
    let (nameLength, extraLength) = try (reader.read(UInt16.self), reader.read(UInt16.self))
    let (commentLength, disk) = try (reader.read(UInt16.self), reader.read(UInt16.self))
    _ = try (reader.read(UInt16.self), reader.read(UInt32.self))  // attributes
    let headerOffset = try reader.read(UInt32.self)
    try BoundedName.check(byteCount: Int(nameLength), in: name)
    let entryName = try reader.text(try reader.skip(Int(nameLength)))
    let extra = try reader.skip(Int(extraLength))
    _ = try reader.skip(Int(commentLength))

    func refusal(_ problem: String) -> CheckpointError { CheckpointError(name, "zip entry '\(entryName)' \(problem)") }
    guard ModelFiles.isSafePath(entryName) else { throw refusal("has a name that no PyTorch file uses") }
    guard flags & 1 == 0 else { throw refusal("is encrypted") }
    guard flags & ~Self.allowedFlags == 0 else { throw refusal("has flags that are not supported") }
    guard method == 0 else {
      throw refusal("is compressed (method \(method)); torch.save stores, so this file was made by something else")
    }
    guard disk == 0 || disk == .max else { throw refusal("lies on another disk") }

    var wide = [UInt64(size), UInt64(packedSize), UInt64(headerOffset)]
    try widen(&wide, extra: extra)
    guard wide[0] == wide[1], let size = Int(exactly: wide[0]), let headerOffset = Int(exactly: wide[2]) else {
      throw refusal("has sizes that contradict each other")
    }
    return Record(name: entryName, flags: flags, size: size, checksum: checksum, headerOffset: headerOffset)
  }

  /// Replaces the fields that are all ones by their 64-bit forms, which stand in extra field 1 in this order.
  private func widen(_ fields: inout [UInt64], extra: Range<Int>) throws(CheckpointError) {
    var extras = reader(extra)
    while !extras.isAtEnd {
      let (id, length) = try (extras.read(UInt16.self), extras.read(UInt16.self))
      let content = try extras.skip(Int(length))
      guard id == 1 else { continue }
      var values = reader(content)
      for index in fields.indices where fields[index] == UInt32.max {
        fields[index] = try values.read(UInt64.self)
      }
    }
  }

  /// Follows a record to its local header, which must say the same, and to the data behind it.
  private func entry(_ record: Record, before directory: Int) throws(CheckpointError) -> ZipArchive.Entry {
    let subject = "zip entry '\(record.name)'"
    func refusal(_ problem: String) -> CheckpointError { CheckpointError(name, "\(subject) \(problem)") }
    guard record.headerOffset < directory else { throw refusal("lies outside the file") }
    var reader = reader(record.headerOffset..<directory, subject)
    guard try reader.read(UInt32.self) == 0x0403_4B50 else { throw refusal("is not where the directory says") }
    _ = try reader.read(UInt16.self)  // version
    let (flags, method) = try (reader.read(UInt16.self), reader.read(UInt16.self))
    _ = try (reader.read(UInt64.self), reader.read(UInt64.self))  // time, checksum, sizes: the directory's count
    let (nameLength, extraLength) = try (reader.read(UInt16.self), reader.read(UInt16.self))
    let localName = try reader.text(try reader.skip(Int(nameLength)))
    _ = try reader.skip(Int(extraLength))
    guard flags == record.flags, method == 0, localName.utf8.elementsEqual(record.name.utf8) else {
      throw refusal("has a local header that says something else")
    }
    return ZipArchive.Entry(name: record.name, data: try reader.skip(record.size), checksum: record.checksum)
  }

  private func requireUniqueNames(_ records: [Record]) throws(CheckpointError) {
    var names = Set<String>()
    for record in records where !names.insert(record.name.lowercased()).inserted {
      throw CheckpointError(name, "zip entry '\(record.name)' is there twice, or differs from another by case only")
    }
  }

  private func requireDisjoint(_ records: [Record], _ entries: [ZipArchive.Entry]) throws(CheckpointError) {
    var end = 0
    for (record, entry) in zip(records, entries).sorted(by: { $0.0.headerOffset < $1.0.headerOffset }) {
      guard record.headerOffset >= end else {
        throw CheckpointError(name, "zip entry '\(record.name)' overlaps another")
      }
      end = entry.data.upperBound
    }
  }

  private func reader(_ range: Range<Int>, _ subject: String = "the zip directory") -> ByteReader {
    ByteReader(name: name, subject: subject, bytes: bytes, range: range)
  }

  private func error(_ problem: String) -> CheckpointError { CheckpointError(name, "the zip directory \(problem)") }
}
