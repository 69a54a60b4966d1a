/// A device that was asked for cannot be used.
public struct DeviceError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  public let description: String

  /// An error that a sentence describes.
  package init(description: String) { self.description = description }
}

/// A failure of a device or its driver, rather than of its input.
package protocol DeviceFailure: Error {
  /// Whether the same work may succeed with less memory.
  var isOutOfMemory: Bool { get }
}

extension DeviceError: DeviceFailure {
  package var isOutOfMemory: Bool { false }
}

extension Error {
  /// Whether the same work may succeed with less memory of the device.
  package var isOutOfDeviceMemory: Bool { (self as? any DeviceFailure)?.isOutOfMemory ?? false }

  /// Whether a device failed, rather than its input.
  package var isDeviceFailure: Bool { self is any DeviceFailure }
}
