internal import System

/// Where the result of each item lies, by the item's place in the input: 16 bytes an item in a file without a name, of which
/// one page is in memory.
final class PlaceTable {
  /// Where a line lies.
  struct Place: BitwiseCopyable {
    /// Its first byte in its part's file.
    var offset: Int
    /// Its bytes, without its end.
    var count: Int32
    /// Its part, counted from 1; 0 for an item that has no line.
    var part: Int32
  }

  private static let pageCount = 1 << 12
  private static let pageBytes = pageCount * MemoryLayout<Place>.stride

  private let descriptor: Int32
  private let name: String
  private var page: [Place]
  private var number = 0
  private var isChanged = false
  /// One more than the largest place that is taken.
  private(set) var count = 0
  /// The numbers of the pages that have any.
  private var pages: Set<Int> = []

  /// Where places that are taken may lie, in their order: what is between has none, however much it is.
  var ranges: [Range<Int>] {
    pages.sorted().map { $0 * Self.pageCount..<min(($0 + 1) * Self.pageCount, count) }
  }

  /// An empty table, where temporary files lie.
  ///
  /// - Throws: ``JobError`` where no file can be made there, ``WriteError`` where there is no room for one.
  init() throws {
    let folder = temporaryFolder
    var template = Array("\(folder)/gpt2-gpu-merge.XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    name = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard descriptor >= 0 else {
      let error = WriteError(name: name, code: errno)
      if error.isOutOfSpace { throw error }
      throw JobError(
        "No temporary file can be made in \(folder): \(SystemError(code: error.code)). Name another folder by TMPDIR.")
    }
    unlink(name)
    page = Array(repeating: Place(offset: 0, count: 0, part: 0), count: Self.pageCount)
  }

  deinit { close(descriptor) }

  /// The place of an item's line.
  subscript(index: Int) -> Place? {
    get throws {
      try turn(to: index / Self.pageCount)
      let place = page[index % Self.pageCount]
      return place.part == 0 ? nil : place
    }
  }

  /// Notes where an item's line lies.
  func set(_ index: Int, _ place: Place) throws {
    try turn(to: index / Self.pageCount)
    page[index % Self.pageCount] = place
    if !isChanged { pages.insert(number) }
    isChanged = true
    count = max(count, index + 1)
  }

  /// Takes another page into memory.
  private func turn(to number: Int) throws(WriteError) {
    guard number != self.number else { return }
    if isChanged {
      let offset = self.number * Self.pageBytes
      let written = page.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
      guard written == Self.pageBytes else { throw WriteError(name: name, code: written < 0 ? errno : ENOSPC) }
    }
    let offset = number * Self.pageBytes
    let read = page.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    guard read >= 0 else { throw WriteError(name: name, code: errno) }
    for index in (read / MemoryLayout<Place>.stride)..<Self.pageCount {
      page[index] = Place(offset: 0, count: 0, part: 0)
    }
    (self.number, isChanged) = (number, false)
  }
}
