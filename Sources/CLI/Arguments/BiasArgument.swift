import ArgumentParser
import GPT2

/// A bias of a token or of a sequence of tokens: 5=-3, 1,2=0.5.
struct BiasArgument: ExpressibleByArgument {
  let sequence: SequenceBias

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let tokens = TokenList(argument: String(parts[0])), let bias = Double(parts[1]) else {
      return nil
    }
    sequence = SequenceBias(tokens.ids, bias: bias)
  }
}

/// When the end of a text becomes likelier, and how quickly: 15,1.6.
struct DecayArgument: ExpressibleByArgument {
  let decay: ExponentialDecay

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = Int(parts[0]), let factor = Double(parts[1]) else { return nil }
    decay = ExponentialDecay(start: start, factor: factor)
  }
}
