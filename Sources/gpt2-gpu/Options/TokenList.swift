import ArgumentParser
import Tokenizer

/// Token ids, separated by commas or spaces.
struct TokenList: ExpressibleByArgument {
  let ids: [TokenID]

  init?(argument: String) {
    let numbers = argument.split { $0 == "," || $0.isWhitespace }.map { TokenID($0) }
    ids = numbers.compactMap(\.self)
    if ids.isEmpty || ids.count < numbers.count { return nil }
  }
}
