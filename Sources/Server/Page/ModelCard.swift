package import Checkpoint
package import JSON

/// What a model's card, the README.md of its repository, says for a page that tries the model.
package struct ModelCard: Sendable {
  /// A prompt that its author proposes.
  package struct Example: Sendable {
    /// Its name, where it has one.
    package var title: String?
    /// The prompt.
    package var text: String
    /// Its settings by Hugging Face's names, those for all examples among them.
    package var parameters: [JSON.Member]
  }

  /// The examples, in the card's order.
  package private(set) var examples: [Example] = []
  /// The settings for all of them.
  package private(set) var parameters: [JSON.Member] = []

  /// The most examples that are taken.
  private static let maximumExampleCount = 24

  /// A model without a card, or with an empty one.
  package init() {}

  /// Reads a model's card; one that is not there is empty.
  ///
  /// - Throws: ``ModelCardError`` for one that cannot be read.
  package init(_ files: ModelFiles) throws(ModelCardError) {
    let file: FileData?
    do {
      file = try files.file(named: "README.md")
    } catch {
      throw ModelCardError(problem: "cannot be opened: \(error)")
    }
    guard let file else {
      self.init()
      return
    }
    let head = file.withBytes { Array($0.prefix(FrontMatter.maximumByteCount + 1)) }
    try self.init(parsing: head)
  }

  /// Reads a card's text.
  package init(parsing bytes: [UInt8]) throws(ModelCardError) {
    guard let metadata = try FrontMatter.read(bytes) else { return }
    parameters = metadata["inference"]?["parameters"]?.members ?? []
    // `widget: false` asks for none.
    for entry in (metadata["widget"]?.array ?? []).prefix(Self.maximumExampleCount) {
      // Entries of other tasks have pictures or messages.
      guard let text = entry["text"]?.string ?? entry.string, !text.isEmpty else { continue }
      let own = entry["parameters"]?.members ?? []
      let shared = parameters.filter { member in !own.contains { $0.key == member.key } }
      examples.append(Example(title: entry["example_title"]?.string, text: text, parameters: shared + own))
    }
  }
}

/// A card that cannot be read.
package struct ModelCardError: Error, CustomStringConvertible {
  /// The rest of a sentence about the card.
  package let problem: String

  /// A sentence.
  package var description: String { "The model's README.md \(problem), so the page has no examples of it." }
}
