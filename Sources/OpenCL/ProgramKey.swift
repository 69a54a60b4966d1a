/// Everything that decides what a compiled program is.
struct ProgramKey {
  /// Counted up whenever the form of cached files changes.
  private static let schema = "gpt2-gpu program 1"

  /// The parts one after the other, each ended by the zero that none of them can hold.
  let bytes: [UInt8]

  init(source: String, options: String, device: Device) {
    let parts = [
      Self.schema, device.platformName, device.platformVersion, device.vendor, device.name, device.driverVersion,
      device.version, options, source,
    ]
    bytes = parts.flatMap { Array($0.utf8) + [0] }
  }

  /// The file of this key. Two keys may share one: files hold their whole key, which is compared.
  var fileName: String { String(fingerprint(bytes), radix: 16) + ".bin" }
}

/// FNV-1a in 128 bits (Fowler, Noll and Vo; RFC 9923).
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt128 {
  let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013b
  return bytes.reduce(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d) { ($0 ^ UInt128($1)) &* prime }
}
