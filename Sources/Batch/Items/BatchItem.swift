internal import Completions
internal import GPT2

/// An item as it is read, before it is checked against a model.
struct BatchItem: Sendable {
  var id: ItemID
  var form: ItemForm
  /// One; of OpenAI's form, one or more.
  var prompts: [Prompt]
  var options: RequestOptions
  /// The names by which it asks for settings, of which some have several.
  var fieldNames: [Setting: String] = [:]
  /// The model that it asks for, where its form can.
  var model: String?
}

extension BatchItem {
  /// What its fields call the settings.
  var names: SettingNames {
    .fields(asked: fieldNames) { [form] in form == .openAI ? $0.completionsField ?? $0.itemField : $0.itemField }
  }
}

/// How an item is written, and so its result.
enum ItemForm: Sendable {
  /// This program's own lines.
  case native
  /// The lines of OpenAI's batches.
  case openAI
}
