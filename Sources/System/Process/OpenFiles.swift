/// The number of files that the process may have open.
package enum OpenFiles {
  /// The limit; nil where the system does not tell.
  package static var limit: Int? { limits.map { Int(clamping: $0.rlim_cur) } }

  /// Takes as many as the system allows, where a session's usual limit of 1,024 is lower.
  package static func raiseLimit() {
    guard var limits else { return }
    limits.rlim_cur = limits.rlim_max
    setrlimit(resource, &limits)
  }

  private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

  private static var limits: rlimit? {
    var limits = rlimit()
    return getrlimit(resource, &limits) == 0 ? limits : nil
  }
}
