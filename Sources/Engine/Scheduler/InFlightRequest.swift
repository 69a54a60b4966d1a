internal import Sampling

/// A request that an engine has taken over and not finished.
final class InFlightRequest {
  /// Its number in the order of the source.
  let index: Int
  let request: GenerationRequest
  /// The tokens that end its texts.
  let endOfText: [Int32]
  /// Whether the host must choose its tokens.
  let needsHost: Bool

  /// Whether somebody has cancelled it.
  var isCancelled: Bool { request.cancellation?.isCancelled == true }

  /// - Parameter deviceEndOfText: The tokens that the device takes for the end of a text.
  init(index: Int, _ request: GenerationRequest, deviceEndOfText: [Int32]) {
    self.index = index
    self.request = request
    endOfText = request.endOfText ?? deviceEndOfText
    needsHost = request.sampling.needsHost || endOfText != deviceEndOfText
  }
}
