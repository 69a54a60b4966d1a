import ArgumentParser
import Tokenizer

/// Token ids, separated by commas or spaces; in brackets, too, as JSON has them.
struct TokenList: ExpressibleByArgument {
  let ids: [TokenID]

  init?(argument: String) {
    let isInBrackets = argument.first == "[" && argument.last == "]" && argument.count > 1
    let list = isInBrackets ? argument.dropFirst().dropLast() : argument[...]
    let numbers = list.split { $0 == "," || $0.isWhitespace }.map { TokenID($0) }
    ids = numbers.compactMap(\.self)
    if ids.isEmpty || ids.count < numbers.count { return nil }
  }
}
