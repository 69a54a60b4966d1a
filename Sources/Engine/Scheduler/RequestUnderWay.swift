internal import Sampling

/// A request of which samples run or wait.
final class RequestUnderWay {
  /// Its number in the order of the source.
  let index: Int
  let request: GenerationRequest
  /// Whether the host must choose its tokens.
  let needsHost: Bool

  /// - Parameter deviceEndOfText: The tokens that the device takes for the end of a text.
  init(index: Int, _ request: GenerationRequest, deviceEndOfText: [Int32]) {
    self.index = index
    self.request = request
    needsHost = request.sampling.needsHost || request.endOfText != deviceEndOfText
  }
}
