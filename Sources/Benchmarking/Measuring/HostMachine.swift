import JSON

internal import System

/// The machine that a benchmark runs on.
package struct HostMachine: Sendable {
  /// The processor, for people.
  package let processor: String
  /// Its cores, as the system counts them.
  package let cores: Int
  /// Its memory, in bytes.
  package let memory: Int

  /// Its memory, for people.
  package var memoryText: String { ByteSize(memory).gibibytes(places: memory < 1 << 30 ? 2 : 1) }

  /// This machine.
  package static let this = HostMachine(
    processor: line(starting: "model name", of: "/proc/cpuinfo") ?? "unknown",
    cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), memory: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))

  /// Starts ``peakMemory()`` anew, where the system allows that.
  static func forgetPeakMemory() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  /// The most memory that the process took, in bytes.
  static func peakMemory() -> Int? {
    line(starting: "VmHWM", of: "/proc/self/status")?.split(separator: " ").first.flatMap { Int($0) }.map { $0 << 10 }
  }

  /// The text behind the colon in the first line with this start, of a file of the operating system's kernel.
  private static func line(starting prefix: String, of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [CChar](repeating: 0, count: 1 << 12)
    while fgets(&bytes, Int32(bytes.count), file) != nil {
      let line = String(decoding: bytes.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard line.hasPrefix(prefix), let colon = line.firstIndex(of: ":") else { continue }
      return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    }
    return nil
  }

  var json: JSON {
    ["processor": .string(processor), "cores": .integer(cores), "memory_bytes": .integer(memory)]
  }
}
