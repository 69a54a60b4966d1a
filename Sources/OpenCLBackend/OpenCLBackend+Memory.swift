package import Backend
internal import OpenCL

extension OpenCLBackend {
  /// The memory that the driver states, and the rows that the buffers of a step have room for. A CPU is bound by
  /// arithmetic from 64 sequences on; a GPU takes more.
  package var limits: BackendLimits {
    BackendLimits(
      memory: device.globalMemory, largestBuffer: device.maxAllocation, rows: step.capacity,
      preferredBatchSize: device.type.contains(.cpu) ? 64 : 256)
  }
}
