/// What this process uses of the machine.
package struct ProcessUsage {
  /// Bytes of memory that are in use now; 0 where the system does not say.
  package let residentBytes: Int
  /// The time of the processor's cores so far.
  package let processorSeconds: Double

  package init() {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    processorSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    // A file of /proc has no size to be read by.
    var buffer = [UInt8](repeating: 0, count: 256)
    let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    let count = descriptor < 0 ? 0 : read(descriptor, &buffer, buffer.count)
    if descriptor >= 0 { close(descriptor) }
    let fields = String(decoding: buffer[..<max(0, count)], as: UTF8.self).split(separator: " ")
    residentBytes = (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  /// The time now.
  package static var secondsSince1970: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
