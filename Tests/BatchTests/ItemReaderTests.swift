import GPT2
import JSON
import Testing

@testable import Batch

/// What a resume skips of an input, where ids come twice, too far apart to be found.
@Suite struct ItemReaderTests {
  private let folder: JobFolder
  private static let lines =
    (0..<3).map { #"{"id":"\#($0)","prompt":"a"}"# } + [
      #"{"id":"X","prompt":"b"}"#, #"{"id":"X","prompt":"c"}"#,
    ]

  init() throws {
    folder = try JobFolder()
    try folder.write(Self.lines)
  }

  /// The places of the items that are to be done, and whether each can be.
  private func read(without completed: CompletedItems) throws -> [String] {
    let model = try JobFolder.model.get()
    let preparation = ItemPreparation(
      model: model, defaults: GenerationOverrides(), preset: nil, settings: try model.settings(), overflow: .error,
      wantsLogProbabilities: false)
    let queue = ItemQueue(capacity: 10)
    var reader = ItemReader(
      parser: ItemParser(isText: false), preparation: preparation, shard: .whole, completed: completed.marks,
      modelName: "demo", remembersIDs: true, queue: queue, counts: ItemReader.Counts())
    reader.mostRememberedIDs = 3
    let input = try JobInput(folder.path("in"))
    defer { input.closeFile() }
    reader.read(input)
    var found: [String] = []
    while case .element(let entry) = try queue.dequeue(waiting: false) {
      switch entry {
      case .item(let item): found.append("\(item.index)")
      case .failed(let item): found.append("\(item.index) \(item.error.kind)")
      }
    }
    return found
  }

  /// Items that have results.
  private func completed(_ places: [Int]) throws -> CompletedItems {
    let ids = ["0", "1", "2", "X", "X"]
    try folder.write(places.map { #"{"id":"\#(ids[$0])","index":\#($0),"text":"x"}"# }, to: "results")
    var file = try ResultFile(folder.path("results"), continues: true)
    defer { file.closeFile() }
    return try CompletedItems(repairing: &file, retryingErrors: false, hasPlaces: true)
  }

  @Test func anItemIsDoneOnceWhateverItsIDIs() throws {
    #expect(try read(without: CompletedItems()) == ["0", "1", "2", "3", "4"])
    #expect(try read(without: completed([0, 1, 2, 3])) == ["4"])
    #expect(try read(without: completed([0, 1, 2, 4])) == ["3"])
    #expect(try read(without: completed([0, 1, 2, 4, 3])).isEmpty)
  }
}
