extension Precision {
  /// Bits of a stored key or value: fp32 where nothing is to be lost, else fp16, which halves what attention reads.
  package var cacheBitWidth: Int { self == .fp32 ? 32 : 16 }
}
