import TestSupport

@testable import Tokenizer

/// Strings of all that a tokenizer can trip over, drawn from `Fixtures/fragments.txt` as `make_fixture.py` draws them.
struct RandomText {
  private enum Fragment {
    case range(ClosedRange<UInt32>)
    case sequence([Unicode.Scalar])
  }

  private let fragments: [Fragment]

  init() throws {
    let text = String(decoding: try SharedData.fixture("fragments.txt"), as: UTF8.self)
    fragments = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let values = line.replacing("..", with: " ").split(separator: " ").compactMap { UInt32($0, radix: 16) }
      return line.contains("..") ? .range(values[0]...values[1]) : .sequence(values.compactMap(Unicode.Scalar.init))
    }
  }

  func string(seed: Int) -> String {
    var random = TestGenerator(state: UInt64(seed))
    var scalars = String.UnicodeScalarView()
    for _ in 0..<random.below(24) {
      switch fragments[random.below(fragments.count)] {
      case .sequence(let sequence):
        scalars.append(contentsOf: sequence)
      case .range(let range):
        for _ in 0..<1 + random.below(4) {
          scalars.append(
            contentsOf: [Unicode.Scalar(range.lowerBound + UInt32(random.below(range.count)))].compactMap(\.self))
        }
      }
    }
    return String(scalars)
  }

  /// Ids of GPT-2, half of them single bytes, to make broken and split characters.
  static func ids(seed: Int) -> [TokenID] {
    var random = TestGenerator(state: 1 << 32 | UInt64(seed))
    return (0..<random.below(24)).map { _ in TokenID(random.below(random.below(2) == 0 ? 256 : 50257)) }
  }
}

/// The 64-bit FNV-1a hash.
func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
