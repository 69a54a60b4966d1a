package import Backend
internal import OpenCL

extension OpenCLBackend {
  /// What the driver says.
  package var memoryLimits: MemoryLimits {
    MemoryLimits(total: device.globalMemory, largestBuffer: device.maxAllocation)
  }

  /// 64 rows are where a CPU is bound by arithmetic; a GPU takes more.
  package var preferredBatchSize: Int { device.type.contains(.cpu) ? 64 : 256 }

  /// What the buffers of a step's rows have room for.
  package var maximumRows: Int { step.capacity }
}
