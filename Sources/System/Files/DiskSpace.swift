/// Room on disks.
package enum DiskSpace {
  /// Bytes that this user may still write to a folder, or where it would be made; nil where that is not known.
  package static func available(in folder: String) -> Int? {
    var path = folder
    var status = statvfs()
    while statvfs(path, &status) != 0 {
      guard errno == ENOENT, path.contains("/") else { return nil }
      path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      if path.isEmpty { path = "/" }
    }
    let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
    return overflow ? nil : bytes
  }
}
