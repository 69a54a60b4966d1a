internal import Engine
internal import System
internal import Synchronization

/// Reads a job's input to its end on a thread of its own, and queues the items that are to be done.
///
/// Memory does not grow with the input, but for the ids that are remembered to find the same id twice.
struct ItemReader {
  /// How many ids are remembered, 16 bytes each: the same id twice is found while no more than these came before.
  var mostRememberedIDs = 1 << 20

  /// How far the reader is.
  final class Counts: Sendable {
    /// Lines that have been read.
    let lines = Atomic(0)
    /// Items of other shards, and blank lines.
    let others = Atomic(0)
    /// The first other model that an item asks for.
    let otherModel = Mutex<String?>(nil)
  }

  let parser: ItemParser
  let preparation: ItemPreparation
  let shard: Shard
  /// The items that earlier runs have completed.
  let completed: ItemMarks
  /// What items may call the model.
  let modelName: String
  /// Whether ids may come twice: those that are line numbers do not.
  let remembersIDs: Bool
  let queue: ItemQueue
  let counts: Counts

  private var check: InputCheck?
  private var remembered: Set<ItemMark> = []
  private var index = 0
  /// Of the line that is being read.
  private var lineValue = LineMark.blank
  private var ordinal = 0

  init(
    parser: ItemParser, preparation: ItemPreparation, shard: Shard, completed: ItemMarks, modelName: String,
    remembersIDs: Bool, queue: ItemQueue, counts: Counts
  ) {
    self.parser = parser
    self.preparation = preparation
    self.shard = shard
    self.completed = completed
    self.modelName = modelName
    self.remembersIDs = remembersIDs
    self.queue = queue
    self.counts = counts
  }

  /// Reads lines until they end, or nobody wants more.
  mutating func read(_ input: JobInput) {
    // A file has been looked at before the job began.
    check = input.file == nil && !parser.isText ? InputCheck(name: input.name) : nil
    var lines = LineReader(descriptor: input.descriptor, maximumByteCount: ItemParser.maximumByteCount)
    var number = 0
    do throws(SystemError) {
      while let line = try lines.next() {
        number += 1
        defer { counts.lines.add(1, ordering: .relaxed) }
        if case .bytes(let bytes) = line, let problem = check?.problem(with: Array(bytes)) {
          queue.finish(throwing: problem)
          return
        }
        guard enqueue(line, number: number) else { return }
      }
      queue.finish()
    } catch {
      queue.finish(throwing: JobError("\(input.name) cannot be read on after line \(number): \(error)."))
    }
  }

  /// Queues a line's item, if it has one; false where nobody wants more.
  private mutating func enqueue(_ line: LineReader.Line, number: Int) -> Bool {
    lineValue = line.markValue
    let parsed: ItemParser.Line =
      switch line {
      case .tooLong: .bad(nil, .native, ItemParser.tooLong(number: number))
      case .bytes(let bytes): parser.parse(Array(bytes), number: number)
      }
    switch parsed {
    case .blank:
      counts.others.add(1, ordering: .relaxed)
      return true
    case .item(let item):
      if let model = item.model, !isName(model) {
        counts.otherModel.withLock { $0 = $0 ?? String(model.prefix(100)) }
      }
      return enqueue(id: item.id, item.form) { preparation, index, ordinal throws(ItemError) in
        .item(try preparation.prepare(item, index: index, ordinal: ordinal))
      }
    case .bad(let id, let form, let error):
      return enqueue(id: id, form) { _, _, _ throws(ItemError) in throw error }
    }
  }

  /// Whether an item that asks for a model by this name means the job's, with or without who made it.
  private func isName(_ name: String) -> Bool {
    name.split(separator: "/").last == modelName.split(separator: "/").last
  }

  /// Queues an item, unless it is another shard's or completed already.
  private mutating func enqueue(
    id: ItemID?, _ form: ItemForm, prepare: (ItemPreparation, Int, Int) throws(ItemError) -> ItemEntry
  ) -> Bool {
    defer { index += 1 }
    let key = id?.key ?? MurmurHash3.mix(UInt64(index))
    guard shard.contains(key) else {
      counts.others.add(1, ordering: .relaxed)
      return true
    }
    let isDuplicate = id.map { isKnown($0.mark) } ?? false
    guard !completed.contain(isDuplicate ? nil : id, at: index) else { return true }
    defer { ordinal += 1 }
    do throws(ItemError) {
      if isDuplicate {
        throw ItemError(.duplicateID, "An item before this one has the same id: ids must differ.")
      }
      return enqueue(try prepare(preparation, index, ordinal))
    } catch {
      return enqueue(.failed(FailedItem(ordinal: ordinal, index: index, id: id, form: form, error: error)))
    }
  }

  private func enqueue(_ entry: ItemEntry) -> Bool {
    queue.enqueue(entry.marked(LineMark(index: index, value: lineValue)), weight: entry.byteCount)
  }

  /// Whether an item before had this id.
  private mutating func isKnown(_ mark: ItemMark) -> Bool {
    guard remembersIDs else { return false }
    if remembered.count >= mostRememberedIDs { return remembered.contains(mark) }
    return !remembered.insert(mark).inserted
  }
}
