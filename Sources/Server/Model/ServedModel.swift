package import Completions
package import GPT2
package import JSON

/// The model that a server has, once it is loaded.
package struct ServedModel: Sendable {
  package let service: GenerationService
  /// What it is called; the first is its own name in answers that were not asked for one.
  package var names: [String]
  /// What holds for requests that do not say it.
  package let defaults: CompletionDefaults
  /// What the page asks for first.
  package let widget: JSON
  /// Its commit on the Hub, where it is from there.
  package let revision: String?
  /// The device, with its driver, and how weights are stored.
  package let device: String
  package let precision: String
  /// Of all that texts depend on besides the request: equal ones and equal seeds give equal texts.
  package let fingerprint: String
  /// When it was loaded, in seconds since 1970.
  package let created: Int

  package init(
    _ service: GenerationService, names: [String], defaults: CompletionDefaults, widget: JSON = [:],
    revision: String?, device: String, precision: String, fingerprint: String, created: Int
  ) {
    self.service = service
    self.names = names
    self.defaults = defaults
    self.widget = widget
    self.revision = revision
    self.device = device
    self.precision = precision
    self.fingerprint = fingerprint
    self.created = created
  }

  var pretrained: PretrainedModel { service.pretrained }
  var name: String { names.first ?? pretrained.name }
  var description: ModelDescription {
    ModelDescription(pretrained, names: names, created: created, revision: revision)
  }
}
