internal import Backend
package import Sampling
internal import Kernels
internal import OpenCL

/// Log-probabilities that the device is computing.
package struct DeviceScores: PendingScores {
  let read: PendingRead<TokenScore>

  /// Waits for them.
  package func wait() throws -> [TokenScore] { try read.wait() }
}

extension OpenCLBackend {
  /// The log-probability of one token for each of the first rows of logits.
  package func score(_ logits: DeviceActivations, targets: [Int32]) throws -> DeviceScores {
    // Made anew each time: small, and the driver keeps them until the commands that use them are done.
    let tokens = try Buffer<Int32>(queue.context, count: targets.count, access: .readOnly)
    let scores = try Buffer<TokenScore>(queue.context, count: targets.count)
    try queue.enqueueWrite(targets, to: tokens)
    let group = ScoreKernel.groupSize(family)
    try launcher.run(
      ScoreKernel(family: family), global: NDRange(targets.count * group), local: NDRange(group),
      Input(logits.buffer), Input(tokens), Output(scores), Int32(logits.columns), Int32(logits.stride))
    return DeviceScores(read: try queue.enqueueRead(scores))
  }
}

/// The kernels of simd/score.cl and simt/score.cl.
struct ScoreKernel: KernelDescriptor {
  let family: KernelFamily

  /// Work-items that share a row.
  static func groupSize(_ family: KernelFamily) -> Int { family == .simd ? 1 : 256 }

  var source: KernelSource { family == .simd ? .simdScore : .simtScore }
  var function: String { "score" }
  var definitions: [(name: String, value: String)] {
    family == .simd ? [] : [("LOCAL", "\(Self.groupSize(family))")]
  }
}
