internal import System

/// A regular file, whatever names it has.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t
  /// Whether it holds anything.
  let hasBytes: Bool

  /// The file at a path; nil where there is none.
  init?(_ path: String) {
    guard path != "-", let status = try? fileStatus(path) else { return nil }
    self.init(status)
  }

  /// An open file; nil where it is none.
  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    (device, number, hasBytes) = (status.st_dev, status.st_ino, status.st_size > 0)
  }

  static func == (left: FileIdentity, right: FileIdentity) -> Bool {
    (left.device, left.number) == (right.device, right.number)
  }
}
