internal import CHost

/// A regular file mapped into memory, read-only. Nothing is read before it is touched.
///
/// The file must not be shortened while it is in use: the system answers a read past the new end with SIGBUS, which ends
/// a program after ``Signals/install(cutFileStatus:)`` with a sentence.
///
/// Unchecked Sendable because of the pointer only: the bytes are never written.
package final class MappedFile: @unchecked Sendable {
  /// The file's bytes, valid as long as this object; no address where the file is empty.
  package let bytes: UnsafeRawBufferPointer
  /// Where SIGBUS finds the file's name.
  private let slot: Int32

  /// Maps a file.
  package init(path: String) throws(MappingError) {
    // O_NONBLOCK: opening a FIFO must fail the check below rather than hang.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw MappingError("cannot be opened", SystemError(code: errno)) }
    defer { close(descriptor) }

    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw MappingError("cannot be examined", SystemError(code: errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw MappingError("is not a regular file") }
    let size = Int(status.st_size)

    if size == 0 {  // mmap refuses empty ranges
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      slot = -1
    } else {
      guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
        throw MappingError("cannot be mapped into memory", SystemError(code: errno))
      }
      bytes = UnsafeRawBufferPointer(start: start, count: size)
      slot = gpt2_note_mapping(start, size, Self.line(path))
    }
  }

  deinit {
    gpt2_forget_mapping(slot)
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }

  /// The program's last words, where the file was cut short.
  private static func line(_ path: String) -> String {
    let name = path.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : String($0) }.joined()
    return "gpt2-gpu: \(name): was cut short, or its disk failed, while it was being read: files of a model must not "
      + "change while they are in use\n"
  }

  /// Lets the system drop the pages that lie wholly in a range, once they were used.
  ///
  /// The bytes stay valid: touching them reads the file again.
  package func release(_ range: Range<Int>) {
    let page = VirtualMemory.pageSize
    let range = range.clamped(to: 0..<bytes.count)
    // The mapping starts on a page boundary, so offsets round as addresses do.
    let start = (range.lowerBound + page - 1) / page * page
    advise(start..<max(start, range.upperBound / page * page), MADV_DONTNEED)
  }

  /// Asks the system to read a range ahead.
  package func prefetch(_ range: Range<Int>) {
    let page = VirtualMemory.pageSize
    let range = range.clamped(to: 0..<bytes.count)
    advise(range.lowerBound / page * page..<range.upperBound, MADV_WILLNEED)
  }

  /// Advice may be ignored without harm, so its result is too.
  private func advise(_ range: Range<Int>, _ advice: Int32) {
    guard !range.isEmpty, let start = bytes.baseAddress else { return }
    madvise(UnsafeMutableRawPointer(mutating: start + range.lowerBound), range.count, advice)
  }
}

/// A file that cannot be mapped.
package struct MappingError: Error {
  /// The end of a sentence that begins with the file's name.
  package let problem: String

  init(_ problem: String, _ error: SystemError? = nil) {
    self.problem = problem + (error.map { ": \($0)" } ?? "")
  }
}
