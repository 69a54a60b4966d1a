package import Backend
package import Sampling

extension CPUBackend {
  /// The log-probability of one token for each of the first rows of logits.
  package func score(_ logits: HostActivations, targets: [Int32]) throws -> Pending<[TokenScore]> {
    var scores = Array(repeating: TokenScore(difference: 0, mass: 0), count: targets.count)
    scores.withUnsafeMutableBufferPointer { scores in
      nonisolated(unsafe) let scores = scores  // a row is written by one thread
      Parallel.forEachChunk(of: targets.count, atLeast: 1 + (1 << 14) / logits.columns, pieces: 2) { range in
        for r in range {
          scores[r] = tokenScore(
            UnsafeBufferPointer(start: logits.row(r), count: logits.columns), target: Int(targets[r]))
        }
      }
    }
    return Pending { [scores] in scores }
  }
}

/// The score of a token by its row of logits; not finite where a logit is NaN or plus infinity.
private func tokenScore(_ logits: UnsafeBufferPointer<Float>, target: Int) -> TokenScore {
  let bytes = UnsafeRawBufferPointer(logits)  // rows are aligned to four bytes only
  let width = Vector.scalarCount
  let whole = logits.count / width * width
  var rest = Vector(repeating: -.infinity)  // the last, unfinished vector
  for index in whole..<logits.count { rest[index - whole] = logits[index] }

  var largest = rest
  var isNumber = rest .== rest
  for index in stride(from: 0, to: whole, by: width) {
    let vector = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Vector.self)
    largest.replace(with: vector, where: vector .> largest)
    isNumber .&= vector .== vector
  }
  let maximum = largest.max()
  guard maximum.isFinite, all(isNumber) else { return TokenScore(difference: .nan, mass: .nan) }

  // Sums of a few hundred numbers in fp32, of those in fp64.
  let block = 32 * width
  var mass = Double(Vector.exp(rest - maximum).sum())
  for first in stride(from: 0, to: whole, by: block) {
    var partial = Vector()
    for index in stride(from: first, to: min(whole, first + block), by: width) {
      partial += Vector.exp(bytes.loadUnaligned(fromByteOffset: 4 * index, as: Vector.self) - maximum)
    }
    mass += Double(partial.sum())
  }
  return TokenScore(difference: maximum - logits[target], mass: Float(mass))
}
