import ArgumentParser
import Benchmarking
import Checkpoint
import GPT2

/// Which model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A folder in the Hugging Face layout, or a model of the Hub, with @ and a revision where one is meant, which is \
      downloaded where the local Hub cache has not got it (default: $GPT2_GPU_MODEL, else the demo model inside, a toy \
      that knows nothing but Shakespeare).
      """, valueName: "path|org/name"))
  var model: String?

  @OptionGroup var adapter: AdapterOptions

  @OptionGroup var hub: HubOptions

  /// Where its name comes from, for people.
  var source: String {
    model == nil && adapter.folder != nil ? "--adapter" : EnvironmentDefault.model.source(model, named: "--model")
  }

  /// What a model is called where its folder's path is nobody's business.
  func shortName(of model: PretrainedModel) -> String {
    let id = EnvironmentDefault.model.value(unless: self.model ?? adapter.folder).flatMap { try? ModelFiles.hubID($0) }
    return id?.name ?? model.name.split(separator: "/").last.map(String.init) ?? model.name
  }

  /// The model's files.
  func files() throws -> ModelFiles { try Self.files(model, adapter: adapter.folder, hub) }

  /// The files of a model by its flag, else that of the adapter, else by the environment; those of the Hub are fetched
  /// where they are not there.
  static func files(_ model: String?, adapter: String?, _ hub: HubOptions) throws -> ModelFiles {
    let name = model ?? (adapter == nil ? EnvironmentDefault.model.value : nil)
    return try EnvironmentDefault.model.naming(unless: model ?? adapter) {
      if let shape = name.flatMap(MadeUpModel.init(named:)), let name, try ModelFiles.hubID(name) != nil,
        (try? ModelFiles.find(name)) == nil
      {
        throw UsageError(
          "There is no model \(name) here. As a shape with made-up weights, \(shape.rawValue) is for 'gpt2-gpu bench' "
            + "and 'gpt2-gpu tune'; OpenAI's model is --model openai-community/gpt2.")
      }
      for name in [name, adapter] { if let name { try hub.bring(name) } }
      // An adapter's configuration names its base, which may be on the Hub, too.
      if name == nil || adapter == nil, let only = adapter ?? name, let base = try ModelFiles.base(of: only) {
        try hub.bring(base)
      }
      if let adapter { return try .locate(name, adapter: adapter) }
      return try name.map(ModelFiles.locate) ?? .demo
    }
  }
}
