/// Questions about terminals.
package enum Terminal {
  /// Whether a descriptor is a terminal.
  package static func isAttached(to descriptor: Int32) -> Bool { isatty(descriptor) != 0 }

  /// How many columns a terminal has now: people resize their windows. 80 where it does not say.
  package static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether a descriptor is a terminal that shows colours, to somebody who wants them (https://no-color.org).
  package static func showsColours(_ descriptor: Int32) -> Bool {
    func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    return isAttached(to: descriptor) && variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
  }
}
