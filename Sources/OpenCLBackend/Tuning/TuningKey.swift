package import Backend
internal import JSON
internal import Kernels
package import OpenCL
internal import System

/// Everything that decides which parameters are best, beside an operation's own sizes.
package struct TuningKey: Hashable, Sendable {
  /// The parts by their names.
  let parts: [Part]

  /// A part of a key.
  struct Part: Hashable, Sendable {
    let name: String
    let value: String
  }

  /// The name of this key's file: words for people, then a hash of all parts.
  var fileName: String {
    let hash = FNV1a64(parts.flatMap { Array($0.value.utf8) + [0] }).text
    let words = parts.filter { Self.named.contains($0.name) }
      .map { $0.value.prefix(32).map { Self.plain.contains($0) ? $0 : "-" } }
    return words.map { String($0) }.joined(separator: "_") + "_\(hash).json"
  }

  /// The parts that a file's name shows.
  private static let named: Set = ["device", "precision", "kernels"]
  private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.")

  /// The parts, and the kernels' source: what is compiled differs where that does.
  var json: JSON {
    .object(
      parts.map { JSON.Member($0.name, .string($0.value)) } + [JSON.Member("source", .string(Self.source))])
  }

  /// A hash of all kernels.
  private static let source = FNV1a128(KernelSource.allCases.flatMap { Array($0.text.utf8) + [0] }).text
}

extension TuningKey {
  /// - Parameters:
  ///   - family: The kernels.
  ///   - unit: What multiplies.
  package init(_ device: Device, _ precision: Precision, family: String, unit: String) {
    parts = [
      Part(name: "device", value: device.name), Part(name: "vendor", value: device.vendor),
      Part(name: "platform", value: device.platformName), Part(name: "driver", value: device.driverVersion),
      Part(name: "compute_units", value: String(device.computeUnits)),
      Part(name: "precision", value: precision.rawValue), Part(name: "kernels", value: family),
      Part(name: "dot_unit", value: unit),
    ]
  }
}
