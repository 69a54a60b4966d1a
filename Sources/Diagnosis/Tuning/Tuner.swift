package import Backend
package import Checkpoint
internal import JSON
package import OpenCL
package import OpenCLBackend

/// Searches what kernels leave open for what is fastest on a device.
///
/// A choice is timed only after its numbers were compared with the usual choice's, bit for bit, and is taken only where it
/// wins by a margin twice: so that noise does not choose. What was found is kept after each operation.
package final class Tuner {
  /// When to end, and what times.
  package struct Limits {
    /// Whether to begin nothing more.
    package var isOver: () -> Bool
    /// Times one launch of an operation with a choice, by calling what does; tests answer with times of their own.
    var measure: (TunedOperation, TuningChoice, () throws -> Double) throws -> Double = { try $2() }

    package init(isOver: @escaping () -> Bool) { self.isOver = isOver }
  }

  private let bench: OperationBench<OpenCLBackend>
  private let timer: TuningTimer
  private let file: TuningFile
  private let limits: Limits
  private var content: TuningFile.Content

  /// A choice must take less time than the usual one by this part of it.
  private static let margin = 0.03
  /// Measurements of each, in turn: to look for a winner, and to confirm it.
  private static let (repeats, confirmations) = (5, 9)

  /// - Parameters:
  ///   - family: The kernels.
  ///   - rows: The most rows of an operation.
  ///   - folder: Where to keep what is found; the user's folder where nil.
  package init(
    _ device: Device, _ precision: Precision, _ family: KernelFamily, activation: Activation = .geluTanh, rows: Int,
    folder: String? = nil, limits: Limits
  ) throws {
    let profile = KernelProfile()
    let backend = try OpenCLBackend(
      device: device, precision: precision, family: family, activation: activation, maximumRows: rows,
      profile: profile, tuning: Tuning())
    let key = backend.tuningTarget.key
    guard let file = folder.map({ TuningFile(key, folder: $0) }) ?? .standard(key) else {
      throw TuningError("There is no folder for what is found: name one in the environment variable GPT2_GPU_CACHE.")
    }
    bench = try OperationBench(backend)
    timer = TuningTimer(profile: profile, queue: backend.queue)
    self.file = file
    self.limits = limits
    content = file.read(backend.tuningTarget.isLegal) ?? TuningFile.Content()
  }

  package var precision: Precision { backend.precision }
  package var family: KernelFamily { backend.family }
  /// What multiplies.
  package var dotUnit: DotUnit { backend.dotUnit }
  /// Where the choices are kept.
  package var path: String { file.path }
  private var backend: OpenCLBackend { bench.backend }

  /// Says, on any thread, that what is tried now has done nothing wrong, before the program ends in the middle of it.
  package static func forgetTrial(of path: String) { TuningJournal.remove(of: path) }

  /// Takes away what was kept; false where there is nothing.
  package func reset() throws -> Bool {
    let journal = try TuningJournal(of: file)
    try journal.end()
    return try file.remove()
  }

  /// Looks at operations until the time is up, those first that were not looked at before.
  ///
  /// - Parameter onProgress: Called with what is looked at now, and what was found before.
  /// - Throws: ``OpenCLError`` where the device does not work any more; ``TuningError`` or ``WriteError`` where nothing can be
  ///   kept.
  package func run(
    _ tasks: [TuningTask], onProgress: (TuningTask, TuningReport) -> Void = { _, _ in }
  ) throws -> TuningReport {
    let journal = try TuningJournal(of: file)
    if let entry = journal.unfinished, let (operation, choice) = TuningFile.entry(entry),
      backend.tuningTarget.isLegal(operation, choice)
    {
      try noteCrash(operation, choice)
    }
    var report = TuningReport()
    let isNew = { [content] (task: TuningTask) in content.tuning[task.operation] == nil }
    let open = tasks.filter { backend.tuningTarget.space(of: $0.operation)?.isOpen == true }
    report.nothingOpen = tasks.filter { !open.contains($0) }
    report.leftOut = open.filter(isNew) + open.filter { !isNew($0) }
    for task in report.leftOut {
      if limits.isOver() { break }
      onProgress(task, report)
      guard let result = try search(task, journal) else { break }
      report.leftOut.removeFirst()
      report.results.append(result)
      content.tuning[task.operation] = result.best.choice
      try file.write(content)
    }
    return report
  }

  /// Never tries a choice again.
  private func noteCrash(_ operation: TunedOperation, _ choice: TuningChoice) throws {
    content.crashed[operation, default: []].insert(choice)
    content.tuning[operation] = nil
    try file.write(content)
  }

  /// The best choice for an operation; nil where the time is up before that is known.
  private func search(_ task: TuningTask, _ journal: borrowing TuningJournal) throws -> TuningResult? {
    let operation = task.operation
    guard let space = backend.tuningTarget.space(of: operation) else { return nil }
    defer { backend.tuning = Tuning() }
    var comparison = try TuningComparison(operation, space.usual, trial(task), backend, timer, limits)
    var rejected: [TuningResult.Rejection] = []
    guard try comparison.isRight(space.usual) else {
      let usual = TuningResult.Timed(choice: space.usual, seconds: comparison.usualSeconds)
      rejected.append(TuningResult.Rejection(choice: space.usual, reason: "it gives other numbers each time"))
      return TuningResult(task: task, usual: usual, best: usual, tried: 0, rejected: rejected)
    }
    var judged: [TuningChoice: Double] = [space.usual: 1]

    /// Which part of the usual time a choice takes: more than any where it cannot be used; nil where the time is up.
    func judge(_ choice: TuningChoice) throws -> Double? {
      func reject(_ reason: String) -> Double {
        rejected.append(TuningResult.Rejection(choice: choice, reason: reason))
        return .infinity
      }
      if content.crashed[operation]?.contains(choice) == true { return reject("a search ended while it was tried") }
      try journal.begin(operation, choice)
      defer { try? journal.end() }
      do {
        guard try comparison.isRight(choice) else { return reject("it gives other numbers") }
        return try comparison.part(choice, repeats: Self.repeats)
      } catch let error as OpenCLError {
        // A choice that fails is one thing, a device that does not work after it another.
        guard (try? comparison.isRight(space.usual)) == true else {
          try noteCrash(operation, choice)
          throw error
        }
        return reject(error.buildLog == nil ? "it fails: \(error.status.name)" : "its kernel does not compile")
      }
    }
    // One parameter after the other, as long as that leads further.
    var (best, before) = (space.usual, nil as TuningChoice?)
    while best != before {
      before = best
      for parameter in space.parameters {
        for choice in space.choices(varying: parameter, of: best) where judged[choice] == nil {
          guard !limits.isOver(), let part = try judge(choice) else { return nil }
          judged[choice] = part
        }
        if let fastest = judged.min(by: { $0.value < $1.value }), fastest.value < judged[best] ?? 1 {
          best = fastest.key
        }
      }
    }
    let tried = judged.values.count { $0.isFinite } - 1
    // Of many, one is fast by chance.
    if best != space.usual, judged[best] ?? 1 < 1 - Self.margin {
      comparison.forget()
      guard let part = try comparison.part(best, repeats: Self.confirmations) else { return nil }
      if part >= 1 - Self.margin { best = space.usual }
      judged[best] = best == space.usual ? 1 : part
    } else {
      best = space.usual
    }
    let usual = TuningResult.Timed(choice: space.usual, seconds: comparison.usualSeconds)
    return TuningResult(
      task: task, usual: usual, best: .init(choice: best, seconds: usual.seconds * (judged[best] ?? 1)), tried: tried,
      rejected: rejected)
  }

  private func trial(_ task: TuningTask) throws -> any TuningTrial {
    switch task.operation {
    case .product(let rows, let k, let n):
      try ProductTrial(bench, rows: rows, k: k, n: n, isNormalized: task.isNormalized, for: task.use)
    case .attention(let rows, let heads, let headSize):
      try AttentionTrial(bench, rows: rows, heads: heads, headSize: headSize)
    case .layer(let rows, let channels, let inner, let heads):
      try LayerTrial(bench, rows: rows, channels: channels, inner: inner, heads: heads)
    case .sampling(let vocabulary): try SamplingTrial(bench, vocabulary: vocabulary)
    }
  }
}
