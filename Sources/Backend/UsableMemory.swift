/// How much of a device's memory a model and its caches may take.
package enum UsableMemory {
  /// Three quarters: the rest is for activations, the driver, and whoever else uses the device.
  package static func of(_ total: Int) -> Int { total / 4 * 3 }
}
