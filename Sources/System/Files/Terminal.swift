/// Questions about terminals.
package enum Terminal {
  /// Whether a person sees what is written to a descriptor.
  package static func isAttached(to descriptor: Int32) -> Bool { isatty(descriptor) != 0 }
}
