/// What to do about values and arguments that are missing, surplus or no such values.
extension UsageAdvice {
  /// What stands between the first quotes of the message.
  private var quoted: Substring { message.drop { $0 != "'" }.dropFirst().prefix { $0 != "'" } }

  /// A value that is not of its option's kind.
  var hintForValue: String? {
    guard let name = message.firstMatch(of: /is invalid for '[^'<]*<([^>]*)>'$/)?.1 else { return nil }
    return Self.kinds[String(name)].map { "It takes \($0)." }
  }

  /// An option that takes a value, and stands last or before another option.
  var hintForMissingValue: String? {
    guard let name = quoted.split(separator: " ").first else { return nil }
    let next = arguments.lastIndex(of: String(name)).flatMap { arguments.dropFirst($0 + 1).first }
    guard let next, next.hasPrefix("-"), name.hasPrefix("--") else { return "Put it behind the option." }
    return "'\(next)' behind it is an option; where that is the value, write \(name)=\(next)."
  }

  /// A flag with a value.
  var hintForFlag: String? {
    let opposite = "--no-" + quoted.drop { $0 == "-" }
    return "Write \(quoted) alone" + (flags.contains(opposite) ? ", or \(opposite) for its opposite." : ".")
  }

  /// An argument that the command needs.
  var hintForMissingArgument: String { "Give it, as in '\(commandName) \(quoted)'." }

  /// Words of which nothing is known.
  var hintForSurplus: String {
    let words = message.hasPrefix("Unexpected") ? "it" : "them"
    guard innerCommands.isEmpty || innerCommands.contains(arguments[1]) else {
      let names = innerCommands.dropLast().joined(separator: ", ")
      return "Leave \(words) out, or name a command of '\(arguments[0])': \(names) or \(innerCommands.last ?? "")."
    }
    return "Leave \(words) out, or put \(words) behind the option that \(words == "it" ? "it is" : "they are") for."
  }

  /// What options take, by the names of their values.
  private static let kinds = [
    "count": "a whole number, such as 64, 64k (thousands) or 64K (1,024s)", "port": "a whole number, such as 8000",
    "number": "a number, such as 0.7", "share": "a number, such as 0.9", "percent": "a number, such as 2.5",
    "seconds": "a number of seconds, such as 30", "id": "a token id, such as 11",
    "1,2,3": "token ids with commas between them, such as 1,2,3",
    "id=number": "a token id, an equals sign and a number, such as 11=-3",
    "1,2=number": "token ids, an equals sign and a number, such as 1,2=-3",
    "start,factor": "a number of tokens and a factor, such as 15,1.6",
    "1,8,32": "whole numbers with commas between them, such as 1,8,32",
    "1,8,64": "whole numbers with commas between them, such as 1,8,64",
    "32,512": "whole numbers or ranges with commas between them, such as 32,4-128",
    "128": "whole numbers or ranges with commas between them, such as 128,8-200",
  ]
}
