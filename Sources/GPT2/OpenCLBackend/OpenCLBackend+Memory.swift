internal import OpenCL

extension OpenCLBackend {
  /// What the driver says.
  public var memoryLimits: MemoryLimits {
    MemoryLimits(total: device.globalMemory, largestBuffer: device.maxAllocation)
  }

  /// 64 rows are where a CPU is bound by arithmetic; a GPU takes more.
  public var preferredBatchSize: Int { device.type.contains(.cpu) ? 64 : 256 }

  /// What the buffers of a step's rows have room for.
  public var maximumRows: Int { step.capacity }
}
