internal import System

/// A URL in the place of a model's name. None is fetched: a model is a folder, or has a name on the Hub.
package struct ModelAddress {
  /// Such as `https`, in lower case; empty where the Hub's host stands without one.
  private let scheme: String
  /// The host, and the parts of the path.
  private let parts: [Substring]

  /// Kinds of repositories whose pages have this before their names, and which are no models.
  private static let otherRepositories = ["datasets", "spaces"]

  /// Reads a URL; nil for what is none.
  package init?(_ text: String) {
    if let scheme = text.urlScheme {
      self.scheme = scheme
      parts = text.dropFirst("\(scheme)://".count).split(separator: "/")
    } else {
      scheme = ""
      parts = text.split(separator: "/")
      guard let host = parts.first, ["huggingface.co", "hf.co"].contains(host) else { return nil }
    }
  }

  /// What to give instead, as a sentence of its own.
  package var adviceSentence: String {
    advice.prefix(1).uppercased() + advice.dropFirst() + (advice.hasSuffix("?") ? "" : ".")
  }

  /// What to give instead, as the rest of a sentence, without a full stop.
  package var advice: String {
    if let model { return "did you mean \(model)?" }
    if scheme == "file" { return "a folder is given by its path: /\(parts.joined(separator: "/"))" }
    let kind = scheme.isEmpty ? "an address" : "an address of the scheme \(scheme)"
    return "it is \(kind), and a model is not fetched from one: give a folder, or its name on the Hub, ORG/NAME"
  }

  /// The model whose page, or a part of it, is there; nil for other addresses.
  private var model: HubModelID? {
    let names: ArraySlice<Substring>
    switch scheme {
    case "", "http", "https": names = parts.dropFirst()
    case "hf": names = parts.first == "models" ? parts.dropFirst() : parts[...]
    default: return nil
    }
    guard names.count >= 2, let owner = names.first, !Self.otherRepositories.contains(String(owner)) else { return nil }
    return HubModelID(names.prefix(2).joined(separator: "/"))
  }
}
