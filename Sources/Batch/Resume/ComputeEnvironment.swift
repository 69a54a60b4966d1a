/// The devices and kernels that compute a job's texts: others may round differently.
package struct ComputeEnvironment: Sendable {
  /// The program's version: another may sum in another order.
  package var program: String
  /// The device's name and driver.
  package var device: String
  /// How weights are stored.
  package var precision: String
  /// Which kernels were asked for.
  package var kernels: String
  /// The dot unit, where that makes a difference to the sums.
  package var dotUnit: String?

  /// An environment.
  package init(program: String, device: String, precision: String, kernels: String, dotUnit: String? = nil) {
    self.program = program
    self.device = device
    self.precision = precision
    self.kernels = kernels
    self.dotUnit = dotUnit
  }
}
