/// Questions about terminals.
package enum Terminal {
  /// Whether a descriptor is a terminal.
  package static func isAttached(to descriptor: Int32) -> Bool { isatty(descriptor) != 0 }
}
