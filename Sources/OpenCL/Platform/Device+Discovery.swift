internal import System

extension Device {
  /// Every device that can be used, GPUs first, then accelerators, then CPUs, then others.
  ///
  /// Within a type, devices with memory of their own come first, then the drivers go by their names, so that the order
  /// does not hang on the loader's, which may change from start to start.
  ///
  /// No driver, or no device, is an empty list. A driver that fails does not hide the devices of the others: its error
  /// is thrown only where it leaves nothing.
  public static func all() throws(OpenCLError) -> [Device] {
    // Drivers load in here.
    let actions = SignalActions()
    defer { actions.restore() }
    var devices: [Device] = []
    var failure: OpenCLError?
    for platform in try Platform.all() {
      do {
        devices += try platform.devices()
      } catch {
        failure = failure ?? error
      }
    }
    if devices.isEmpty, let failure { throw failure }
    // Swift's sort is stable.
    return devices.sorted { $0.place < $1.place }
  }
}

extension Device {
  /// Where it stands in the list.
  private var place: (Int, Int, String) { (type.rank, sharesHostMemory ? 1 : 0, platformName) }
}

extension DeviceType {
  fileprivate var rank: Int {
    let order: [DeviceType] = [.gpu, .accelerator, .cpu]
    return order.firstIndex(where: contains) ?? order.count
  }
}
