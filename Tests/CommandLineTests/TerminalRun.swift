import Foundation
import Testing

/// A run of the program on a terminal of its own, as a person sees it.
final class TerminalRun {
  private let process = Process()
  private let controller: Int32
  private var bytes: [UInt8] = []
  /// TIOCSPTLCK and TIOCGPTN of Linux's ioctls.h, which Swift does not import.
  private static let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
  private var isOver = false

  /// Starts the program.
  ///
  /// - Parameter output: Where standard output goes; to the terminal where nil.
  init(
    _ arguments: [String], columns: Int = 80, output: FileHandle? = nil, environment: [String: String] = [:]
  ) throws {
    controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (lock, number) = (Int32(0), Int32(-1))
    try #require(ioctl(controller, Self.setLock, &lock) == 0 && ioctl(controller, Self.getNumber, &number) == 0)
    let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(terminal >= 0)
    resize(to: columns)
    let handle = FileHandle(fileDescriptor: terminal, closeOnDealloc: false)
    process.executableURL = URL(filePath: Program.path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": "xterm", "NO_COLOR": ""]) { $1 }
      .merging(environment) { $1 }
    process.standardInput = handle
    process.standardOutput = output ?? handle
    process.standardError = handle
    try process.run()
    close(terminal)
  }

  deinit { close(controller) }

  /// What has come so far.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Waits until what has come holds a text, or the program has ended; returns whether it does.
  @discardableResult
  func wait(for pattern: some RegexComponent) -> Bool {
    while text.firstMatch(of: pattern) == nil {
      guard read() else { return false }
    }
    return true
  }

  /// Waits until the program ends; returns its exit status.
  func status() -> Int32 {
    while read() {}
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Sends it an interrupt, as Ctrl-C does.
  func interrupt() { process.interrupt() }

  /// Changes the window's width.
  func resize(to columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(controller, UInt(TIOCSWINSZ), &size)
  }

  /// What has been shown on each line, redrawn lines one by one, without colours.
  var drawn: [String] {
    text.replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "").split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
      .map(String.init)
  }

  /// What is left on the screen: redrawn lines as they were last.
  var screen: String {
    text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.split(separator: "\r", omittingEmptySubsequences: false).last.map(String.init) ?? "" }
      .joined(separator: "\n").replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "")
  }

  private func read() -> Bool {
    if isOver { return false }
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = Foundation.read(controller, &chunk, chunk.count)
    // The terminal's last holder is gone.
    isOver = count <= 0
    bytes += chunk[..<max(0, count)]
    return !isOver
  }
}
