internal import Foundation

/// Which tests run: all, or without those that take long.
package enum Tier {
  /// Whether all run: they do but where the environment says `GPT2_GPU_TESTS=quick`, as `make test` does.
  package static let isFull = ProcessInfo.processInfo.environment["GPT2_GPU_TESTS"] != "quick"
}
