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
    /// Called with what is looked at now.
    package var onProgress: (TuningTask) -> Void = { _ in }

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
  /// How much slower a choice is after two measurements that need no more.
  private static let hopeless = 1.5

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

  /// Takes away what was kept; false where there is nothing.
  package func reset() throws -> Bool {
    let journal = try TuningJournal(of: file)
    try journal.end()
    return try file.remove()
  }

  /// Looks at operations until the time is up, those first that were not looked at before.
  ///
  /// - Throws: ``OpenCLError`` where the device does not work any more; ``TuningError`` or ``WriteError`` where nothing can be
  ///   kept.
  package func run(_ tasks: [TuningTask]) throws -> TuningReport {
    let journal = try TuningJournal(of: file)
    if let entry = journal.unfinished, let (operation, choice) = TuningFile.entry(entry),
      backend.tuningTarget.isLegal(operation, choice)
    {
      try noteCrash(operation, choice)
    }
    var report = TuningReport()
    let isNew = { [content] (task: TuningTask) in content.tuning[task.operation] == nil }
    let open = tasks.filter { backend.choices(for: $0.operation).count > 1 }
    report.nothingOpen = tasks.filter { !open.contains($0) }
    for task in open.filter(isNew) + open.filter({ !isNew($0) }) {
      guard !limits.isOver() else {
        report.leftOut.append(task)
        continue
      }
      limits.onProgress(task)
      guard let result = try search(task, journal) else {
        report.leftOut.append(task)
        continue
      }
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

  /// The best choice for an operation; nil where the time is up before anything is known.
  private func search(_ task: TuningTask, _ journal: borrowing TuningJournal) throws -> TuningResult? {
    let operation = task.operation
    let choices = backend.choices(for: operation)
    guard let usual = choices.first else { return nil }
    defer { backend.tuning = Tuning() }
    backend.tuning = Tuning()
    let trial = try trial(task)
    let expected = try trial.numbers()
    func timed(_ choice: TuningChoice, rounds: Int) throws -> Double {
      backend.tuning[operation] = choice
      return try limits.measure(operation, choice) { try timer.seconds(trial, rounds: rounds) }
    }
    let rounds = TuningTimer.rounds(for: try timed(usual, rounds: 1))
    /// The times of the usual choice and another, in turn; nil where the time is up.
    func compare(_ choice: TuningChoice, repeats: Int) throws -> (usual: Double, other: Double)? {
      var times: [(usual: Double, other: Double)] = []
      while times.count < repeats {
        if limits.isOver() { return nil }
        times.append((try timed(usual, rounds: rounds), try timed(choice, rounds: rounds)))
        if times.count == 2, times.allSatisfy({ $0.other > Self.hopeless * $0.usual }) { break }
      }
      return (median(times.map(\.usual)), median(times.map(\.other)))
    }

    var result = TuningResult(task: task, usual: usual, seconds: try timed(usual, rounds: rounds))
    var best: (choice: TuningChoice, part: Double)?
    var usualTimes: [Double] = []
    for choice in choices.dropFirst() {
      if limits.isOver() { return nil }
      guard content.crashed[operation]?.contains(choice) != true else {
        result.rejected.append(.init(choice: choice, reason: "a search ended while it was tried"))
        continue
      }
      try journal.begin(operation, choice)
      do {
        backend.tuning[operation] = choice
        if try trial.numbers() == expected {
          guard let times = try compare(choice, repeats: Self.repeats) else { return nil }
          result.tried += 1
          let part = times.other / times.usual
          if part < best?.part ?? 1 { best = (choice, part) }
          usualTimes.append(times.usual)
        } else {
          result.rejected.append(.init(choice: choice, reason: "it gives other numbers"))
        }
      } catch let error as OpenCLError {
        result.rejected.append(.init(choice: choice, reason: Self.reason(error)))
        // A choice that fails is one thing, a device that does not work after it another.
        backend.tuning = Tuning()
        guard (try? trial.numbers()) == expected else {
          try noteCrash(operation, choice)
          throw error
        }
      }
      try journal.end()
    }
    if !usualTimes.isEmpty { result.setUsual(seconds: median(usualTimes)) }
    guard let best, best.part < 1 - Self.margin else { return result }
    guard let times = try compare(best.choice, repeats: Self.confirmations) else { return nil }
    result.setUsual(seconds: times.usual)
    if times.other < (1 - Self.margin) * times.usual {
      result.best = TuningResult.Timed(choice: best.choice, seconds: times.other)
    }
    return result
  }

  private func trial(_ task: TuningTask) throws -> any TuningTrial {
    switch task.operation {
    case .product(let rows, let k, let n):
      try ProductTrial(bench, rows: rows, k: k, n: n, isNormalized: task.isNormalized)
    case .layer(let rows, let channels, let inner, let heads):
      try LayerTrial(bench, rows: rows, channels: channels, inner: inner, heads: heads)
    case .sampling(let vocabulary): try SamplingTrial(bench, vocabulary: vocabulary)
    }
  }

  private static func reason(_ error: OpenCLError) -> String {
    error.buildLog == nil ? "it fails: \(error.status.name)" : "its kernel does not compile"
  }
}
