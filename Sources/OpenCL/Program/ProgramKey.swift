internal import System

/// Everything that a compiled program depends on.
struct ProgramKey {
  /// Counted up whenever the form of cached files changes.
  private static let schema = "gpt2-gpu program 1"

  /// The parts one after the other, each ended by the zero that none of them can hold.
  let bytes: [UInt8]
  /// The file of this key. Two keys may share one: files hold their whole key, which is compared.
  let fileName: String

  init(source: String, options: String, device: Device) {
    let parts = [
      Self.schema, device.platformName, device.platformVersion, device.vendor, device.name, device.driverVersion,
      device.version, options, source,
    ]
    bytes = parts.flatMap { Array($0.utf8) + [0] }
    fileName = String(FNV1a128(bytes).value, radix: 16) + ".bin"
  }
}
