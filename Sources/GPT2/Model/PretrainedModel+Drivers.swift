internal import Dispatch
internal import OpenCL
internal import Synchronization

public import Checkpoint

extension PretrainedModel {
  /// Reads a model's files while the drivers of OpenCL load, if the device may be one of theirs: both take a while.
  ///
  /// An error of the drivers is thrown when the device is asked for.
  ///
  /// - Throws: `CheckpointError` or `TokenizerError`.
  public init(_ files: ModelFiles, whileDriversLoadFor device: DeviceSelection) throws {
    guard device != .cpu else {
      try self.init(files)
      return
    }
    let model = Mutex<Result<PretrainedModel, any Error>?>(nil)
    DispatchQueue.concurrentPerform(iterations: 2) { task in
      if task == 0 {
        _ = try? Device.all()
      } else {
        let read = Result { try PretrainedModel(files) }
        model.withLock { $0 = read }
      }
    }
    self = try model.withLock { $0 }?.get() ?? PretrainedModel(files)
  }
}
