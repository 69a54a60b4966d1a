/// The process's address space.
package enum VirtualMemory {
  /// Bytes of a page.
  package static var pageSize: Int { sysconf(Int32(_SC_PAGESIZE)) }

  /// Whether the process can have so much more address space now, which limits such as `ulimit -v` may refuse.
  package static func hasRoom(for byteCount: Int) -> Bool {
    let room = mmap(nil, byteCount, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard room != MAP_FAILED else { return false }
    munmap(room, byteCount)
    return true
  }
}
