internal import JSON
internal import System

/// Which modules an adapter was trained on, by `target_modules`, `exclude_modules`, `layers_to_transform` and
/// `layers_pattern` (PEFT's `check_target_module_exists`): PEFT leaves out what the weights hold beside these.
struct AdapterTargets {
  /// Names of modules.
  private enum Modules {
    case all
    /// Names, or ends of names.
    case named([String])
    case pattern(AdapterPattern)
    /// A regular expression that says more than is read here.
    case unknown(String)

    /// Whether a module is among them; nil where that is not known.
    func contain(_ module: String) -> Bool? {
      switch self {
      case .all: true
      case .named(let names): names.contains { module == $0 || module.hasSuffix(".\($0)") }
      case .pattern(let pattern): pattern.matches(module)
      case .unknown: nil
      }
    }
  }

  /// Far more modules than GPT-2 has: each name is compared with each of them.
  static let mostNames = 512
  /// What PEFT adapts of GPT-2 where nothing is named.
  private static let usual = "c_attn"

  private let targets: Modules
  private let excluded: Modules?
  private let layers: Set<Int>?
  /// What may stand before a layer's number; anything where empty.
  private let layerNames: [String]

  init(_ json: JSON, file: String) throws(CheckpointError) {
    func modules(_ field: String) throws(CheckpointError) -> Modules? {
      guard let value = json[field], !value.isNull else { return nil }
      if let text = value.string {
        guard text.utf8.count <= BoundedName.maximumByteCount else { return .unknown(text) }
        if field == "target_modules", text.lowercased() == "all-linear" { return .all }
        return AdapterPattern(text, isWhole: true).map { .pattern($0) } ?? .unknown(text)
      }
      return .named(try Self.names(value, field, file: file))
    }
    targets = try modules("target_modules") ?? .named([Self.usual])
    let excluded = try modules("exclude_modules")
    if case .named([])? = excluded { self.excluded = nil } else { self.excluded = excluded }

    let numbers = json["layers_to_transform"].flatMap { $0.isNull ? nil : $0.array ?? [$0] } ?? []
    var layers: Set<Int> = []
    for number in numbers {
      guard let layer = number.integer else {
        throw CheckpointError(file, "has layers_to_transform that are no numbers of layers")
      }
      layers.insert(layer)
    }
    self.layers = layers.isEmpty ? nil : layers
    if let value = json["layers_pattern"], !value.isNull, value.string != "" {
      if let name = value.string {
        layerNames = [name]
      } else {
        layerNames = try Self.names(value, "layers_pattern", file: file)
      }
    } else {
      layerNames = []
    }
    if case .named = targets { return }
    guard self.layers == nil, layerNames.isEmpty else {
      throw CheckpointError(file, "has layers_to_transform or layers_pattern, but no list of target_modules")
    }
  }

  private static func names(_ value: JSON, _ field: String, file: String) throws(CheckpointError) -> [String] {
    guard let array = value.array else {
      throw CheckpointError(file, "has \(field) that are no names of modules")
    }
    guard array.count <= mostNames else { throw CheckpointError(file, "names more than \(mostNames) modules") }
    var names: [String] = []
    for element in array {
      guard let name = element.string else { throw CheckpointError(file, "has \(field) that are no names of modules") }
      try BoundedName.check(byteCount: name.utf8.count, in: file)
      names.append(name)
    }
    return names
  }

  /// What could not be compared with the names of the matrices, for a person; nil where all could.
  var unknown: String? {
    let found = [("target_modules", targets), ("exclude_modules", excluded)].compactMap { field, modules in
      if case .unknown(let text)? = modules { "the regular expression '\(text.excerpt)' in \(field)" } else { nil }
    }
    return found.isEmpty ? nil : found.joined(separator: " and ")
  }

  /// Why a module is none of them, as the rest of a sentence; nil where it is one, or where that is not known.
  ///
  /// - Parameter module: Its name in the model that was trained, such as `transformer.h.0.attn.c_attn`.
  func objection(to module: String) -> String? {
    if excluded?.contain(module) == true { return "names \(module) among its exclude_modules" }
    if targets.contain(module) == false { return "does not name \(module) among its target_modules" }
    // A whole name says its layer itself.
    if case .named(let names) = targets, names.contains(module) { return nil }
    guard let layers else { return nil }
    let parts = module.split(separator: ".")
    let place = parts.indices.dropFirst(2).dropLast().first { Int(parts[$0]) != nil }
    guard let place, let layer = Int(parts[place]), layers.contains(layer),
      layerNames.isEmpty || layerNames.contains(String(parts[place - 1]))
    else { return "does not name the layer of \(module) in layers_to_transform" }
    return nil
  }
}
