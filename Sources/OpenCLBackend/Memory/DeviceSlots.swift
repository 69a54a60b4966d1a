internal import OpenCL
internal import Sampling

/// The state of each slot, on the device.
package struct DeviceSlots {
  /// (slots, B) the pages that a slot's positions lie in.
  let pages: Buffer<Int32>
  /// B, the most pages of a slot.
  let blocks: Int
  /// (slots) the token last sampled.
  let lastSamples: Buffer<Int32>
  /// (slots) not 0 where the sequence has ended.
  let ended: Buffer<Int32>
  /// (slots, ceil(V/32)) one bit a token.
  let seen: Buffer<UInt32>
  /// The tokens that end a text.
  let endOfText: Buffer<Int32>
  let endOfTextCount: Int
  /// (slots) the draws of a step.
  let rows: Buffer<SamplingRow>
  let results: Buffer<SampledToken>
  let vocabularySize: Int
}
