internal import System

/// The metrics of a process that Prometheus has names for.
struct ProcessMetrics {
  private static let start = ProcessUsage.secondsSince1970

  /// Takes the time of the start.
  static func begin() { _ = start }

  let text: String

  init() {
    let usage = ProcessUsage()
    text = [
      ("process_resident_memory_bytes", "gauge", "Memory in use.", String(usage.residentBytes)),
      ("process_cpu_seconds_total", "counter", "Time of the processor's cores.", usage.processorSeconds.description),
      ("process_start_time_seconds", "gauge", "When the process began, since 1970.", Self.start.description),
    ].map { name, kind, help, value in
      "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n\(name) \(value)\n"
    }.joined()
  }
}
