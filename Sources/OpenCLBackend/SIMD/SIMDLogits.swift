internal import Kernels
internal import OpenCL
internal import Sampling

/// The kernel of simd/sampling.cl.
struct SIMDSampling: KernelDescriptor {
  var source: KernelSource { .simdSampling }
  var function: String { "sample" }
  var definitions: [(name: String, value: String)] { [] }
}

/// The kernel of simd/score.cl.
struct SIMDScore: KernelDescriptor {
  var source: KernelSource { .simdScore }
  var function: String { "score" }
  var definitions: [(name: String, value: String)] { [("MOST", "\(TokenScore.mostTop)")] }
}

extension SIMDKernels {
  /// A row is a work-item's, however few there are.
  func sample(_ logits: DeviceActivations, _ rows: [SamplingRow], _ slots: DeviceSlots, byBlocks: Bool) throws {
    try context.launcher.run(
      SIMDSampling(), global: NDRange(rows.count), local: 1, Input(logits.floats), Input(slots.rows),
      InputOutput(slots.seen), Input(slots.endOfText), Int32(slots.endOfTextCount), Int32(slots.vocabularySize),
      Int32(logits.stride), Output(slots.lastSamples), InputOutput(slots.ended), Output(slots.results))
  }

  func score(_ logits: DeviceActivations, _ rows: Buffer<ScoreRow>, top: Int, into words: Buffer<UInt64>) throws {
    try context.launcher.run(
      SIMDScore(), global: NDRange(rows.count), local: 1, Input(logits.floats), Input(rows), Output(words),
      Int32(logits.columns), Int32(logits.stride), Int32(top))
  }
}
