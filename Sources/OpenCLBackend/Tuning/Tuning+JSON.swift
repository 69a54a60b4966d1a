package import JSON

extension TunedOperation {
  /// The members that say which operation it is.
  package var members: [JSON.Member] {
    switch self {
    case .product(let rows, let k, let n):
      [
        JSON.Member("operation", .string("product")), JSON.Member("rows", .integer(rows)),
        JSON.Member("k", .integer(k)),
        JSON.Member("n", .integer(n)),
      ]
    case .attention(let rows, let heads, let headSize):
      [
        JSON.Member("operation", .string("attention")), JSON.Member("rows", .integer(rows)),
        JSON.Member("heads", .integer(heads)), JSON.Member("head_size", .integer(headSize)),
      ]
    case .layer(let rows, let channels, let inner, let heads):
      [
        JSON.Member("operation", .string("layer")), JSON.Member("rows", .integer(rows)),
        JSON.Member("channels", .integer(channels)), JSON.Member("inner", .integer(inner)),
        JSON.Member("heads", .integer(heads)),
      ]
    case .sampling(let vocabulary):
      [JSON.Member("operation", .string("sampling")), JSON.Member("vocabulary", .integer(vocabulary))]
    }
  }

  /// Reads ``members``; nil where they name no operation of this version.
  init?(_ json: JSON) {
    func size(_ name: String) -> Int? { json[name]?.integer.flatMap { Self.sizes.contains($0) ? $0 : nil } }
    switch json["operation"]?.string {
    case "product":
      guard let rows = size("rows"), let k = size("k"), let n = size("n") else { return nil }
      self = .product(rows: rows, k: k, n: n)
    case "attention":
      guard let rows = size("rows"), let heads = size("heads"), let headSize = size("head_size") else { return nil }
      self = .attention(rows: rows, heads: heads, headSize: headSize)
    case "layer":
      guard let rows = size("rows"), let channels = size("channels"), let inner = size("inner"),
        let heads = size("heads")
      else { return nil }
      self = .layer(rows: rows, channels: channels, inner: inner, heads: heads)
    case "sampling":
      guard let vocabulary = size("vocabulary") else { return nil }
      self = .sampling(vocabulary: vocabulary)
    default: return nil
    }
  }

  /// Sizes that an operation may have: products of any two of them are far from the largest integer.
  private static let sizes = 1...1 << 30
}

extension TuningChoice {
  /// The parameters by their names.
  package var members: [JSON.Member] {
    TuningParameter.allCases.compactMap { parameter in
      values[parameter].map { JSON.Member(parameter.rawValue, .integer($0)) }
    }
  }

  /// Reads ``members``; whether the values are legal is for the kernels to say.
  init(_ json: JSON) {
    self.init(
      TuningParameter.allCases.reduce(into: [:]) { values, parameter in
        values[parameter] = json[parameter.rawValue]?.integer
      })
  }
}
