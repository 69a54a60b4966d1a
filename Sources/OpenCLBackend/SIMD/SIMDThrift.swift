internal import Backend
internal import OpenCL

/// Spares compiling: a program is compiled only when doing without it has cost as much time as that.
///
/// Others that are compiled compute the same meanwhile, in a taller tile or one operation after the other: no number
/// depends on it. A first text, or the last items of a job, then need not wait for kernels that they run a few times.
final class SIMDThrift {
  /// A program that there is another way around.
  enum Program: Hashable {
    case linear(SIMDLinear)
    case block(SIMDBlock)
    case attention(SIMDAttention)
  }

  /// Seconds lost that make a program worth compiling: as long as that takes, or, where little has been compiled at
  /// this start, fewer, since others may be as short.
  private static var patience: Double { Compilation.time > .milliseconds(300) ? 0.3 : 0.1 }
  /// Weights times ``SIMDTile/cost(rows:_:)`` that a processor of a few cores gets through in a second.
  private static let pace = 50e9
  /// Seconds that a layer takes longer as a launch for each of its operations.
  private static let launches = 1e-4
  /// Seconds that a position which a row of a prompt attends to takes longer by itself: of a model like GPT-2's
  /// smallest.
  private static let position = 2e-6

  private let library: KernelLibrary
  private let registers: VectorRegisters
  private var isReady: [Program: Bool] = [:]
  /// Seconds lost so far for want of a program.
  private var lost: [Program: Double] = [:]
  /// The same of the last step, which may be repeated.
  private var lostInStep: [Program: Double] = [:]
  /// Sequences that may run together.
  private var sequences = 1
  /// The kernel of tall tiles of the model's attention, once that is known, and what was lost before.
  private var tiles: SIMDAttention?
  private var lostOnTiles = 0.0

  init(_ library: KernelLibrary, _ registers: VectorRegisters) {
    self.library = library
    self.registers = registers
  }

  // MARK: Steps

  /// The height that a step's rows are cut to for attention.
  func tileHeight(for step: Step, sequences: Int) throws -> Int {
    self.sequences = sequences
    if let tiles, try has(.attention(tiles)) { return SIMDAttention.tile }
    let positions = step.rows.reduce(0) { $0 + ($1.token == Step.Row.lastSample ? 0 : Int($1.position) + 1) }
    lostOnTiles += Double(positions) * Self.position
    return lostOnTiles > Self.patience ? SIMDAttention.tile : 1
  }

  /// Says which kernel tall tiles have.
  func know(tiles kernel: SIMDAttention) { tiles = kernel }

  /// A step's launches are made.
  func begin() { lostInStep.removeAll(keepingCapacity: true) }

  /// The launches of the last step were repeated. Returns whether they should be made anew.
  func repeated() -> Bool {
    for (program, seconds) in lostInStep { lost[program, default: 0] += seconds }
    return lostInStep.keys.contains { isWorthIt($0) }
  }

  // MARK: Programs

  /// The kernel of a product: the one that suits its rows best, or another that is there.
  func linear(_ wanted: SIMDLinear, rows: Int, weights: Int) throws -> SIMDLinear {
    if try has(.linear(wanted.program)) { return wanted }
    let others = try SIMDTile.all(wanted.layout, registers).map(wanted.with).filter { try has(.linear($0.program)) }
    guard let other = others.min(by: { $0.tile.cost(rows: rows, $0.layout) < $1.tile.cost(rows: rows, $1.layout) })
    else {
      // The first, which may have to do for all.
      let isForAll = rows < sequences && sequences <= SIMDTile.tallest
      let first = isForAll ? wanted.with(SIMDTile(rows: sequences, layout: wanted.layout, registers)) : wanted
      isReady[.linear(first.program)] = true
      return first
    }
    let more = other.tile.cost(rows: rows, wanted.layout) - wanted.tile.cost(rows: rows, wanted.layout)
    return takes(.linear(wanted.program), insteadOfLosing: Double(more * weights) / Self.pace) ? wanted : other
  }

  /// The kernel of a layer: the one that suits its rows best, or another that is there; nil where neither is.
  func block(_ wanted: SIMDBlock, rows: Int, weights: Int) throws -> SIMDBlock? {
    if try has(.block(wanted)) { return wanted }
    let others = try SIMDTile.all(wanted.linear.layout, registers).map {
      SIMDBlock(linear: wanted.linear.with($0), attention: wanted.attention)
    }
    .filter { try has(.block($0)) }
    let layout = wanted.linear.layout
    let other = others.min { $0.linear.tile.cost(rows: rows, layout) < $1.linear.tile.cost(rows: rows, layout) }
    let more = other.map { $0.linear.tile.cost(rows: rows, layout) - wanted.linear.tile.cost(rows: rows, layout) }
    let seconds = more.map { Double($0 * weights) / Self.pace } ?? Self.launches
    return takes(.block(wanted), insteadOfLosing: seconds) ? wanted : other
  }

  /// The heads of a work-item of attention of single rows: as many as suit the rows best, or as a kernel that is there
  /// has.
  func attention(_ wanted: SIMDAttention, headGroups: some Sequence<Int>) throws -> SIMDAttention {
    if try has(.attention(wanted)) { return wanted }
    let other = try headGroups.map(wanted.with).first { try has(.attention($0)) }
    guard let other, !takes(.attention(wanted), insteadOfLosing: Self.launches / 2) else {
      isReady[.attention(wanted)] = true
      return wanted
    }
    return other
  }

  /// Whether a program is there.
  private func has(_ program: Program) throws -> Bool {
    if let known = isReady[program] { return known }
    let found =
      switch program {
      case .linear(let kernel): try library.isCompiled(kernel)
      case .block(let kernel): try library.isCompiled(kernel)
      case .attention(let kernel): try library.isCompiled(kernel)
      }
    isReady[program] = found
    return found
  }

  /// Whether to compile a program, as so much is lost once more without it.
  private func takes(_ program: Program, insteadOfLosing seconds: Double) -> Bool {
    if isWorthIt(program) {
      isReady[program] = true
      return true
    }
    lost[program, default: 0] += seconds
    lostInStep[program, default: 0] += seconds
    return false
  }

  private func isWorthIt(_ program: Program) -> Bool { lost[program, default: 0] > Self.patience }
}
