internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernels of linear_panel.cl and linear_workgroup.cl.
struct LinearKernel: KernelDescriptor {
  /// What becomes of a sum.
  enum Epilogue: Int32 {
    case none = 0
    case activation = 1
    /// It is added to what is there.
    case residual = 2
  }

  let family: KernelFamily
  /// Rows of a tile.
  let tileHeight: Int
  let layout: PackedLayout
  let unit: DotUnit
  /// What the epilogue ``Epilogue/activation`` applies.
  let activation: Activation

  /// The kernel for products of so many rows.
  init(family: KernelFamily, rows: Int, layout: PackedLayout, unit: DotUnit, activation: Activation) {
    self.family = family
    tileHeight = Self.tileHeight(family, layout.precision, rows: rows)
    self.layout = layout
    self.unit = unit
    self.activation = activation
  }

  /// Parts that the workgroup family cuts K into.
  private static let split = 4
  /// Work-items of a work-group of the workgroup family.
  private static let groupSize = PackedLayout.panelWidth * split

  /// Tile heights there are kernels for: few, because each is compiled.
  ///
  /// The panel family's tallest fill 32 vector registers: two accumulators a row, and for int8 as many again.
  private static func tileHeights(_ family: KernelFamily, _ precision: Precision) -> [Int] {
    switch (family, precision) {
    case (.panel, .int8): [1, 2, 3, 4, 5, 6]
    case (.panel, _): [1, 2, 3, 4, 5, 6, 8, 10, 12]
    case (.workgroup, _): [1, 4, 8]
    }
  }

  /// The tallest tile of any family: activations have room for its last rows.
  static let tallest = 12

  /// The height that costs least: tiles compute rows in vain at the end, and each loads the weights anew, which costs as
  /// much as two rows.
  static func tileHeight(_ family: KernelFamily, _ precision: Precision, rows: Int) -> Int {
    func cost(_ height: Int) -> Int { (rows + height - 1) / height * (height + 2) }
    return tileHeights(family, precision).min { (cost($0), -$0) < (cost($1), -$1) } ?? 1
  }

  /// The work-items of a product, and those of a work-group.
  func range(rows: Int, panels: Int) -> (global: NDRange, local: NDRange) {
    let tiles = (rows + tileHeight - 1) / tileHeight
    return switch family {
    case .panel: (NDRange(tiles, panels), 1)
    case .workgroup: (NDRange(Self.groupSize, tiles, panels), NDRange(Self.groupSize))
    }
  }

  var sources: [KernelSource] {
    [.activation, family == .panel ? .linearPanel : .linearWorkgroup]
  }
  var function: String { "linear" }
  var definitions: [(name: String, value: String)] {
    var definitions = layout.definitions + [("TM", "\(tileHeight)"), ("T", family == .panel ? "float16" : "float")]
    if unit != .portable { definitions.append(("DOT_UNIT", "\(unit.code)")) }
    if family == .workgroup { definitions.append(("SPLIT", "\(Self.split)")) }
    if activation != .linear { definitions.append(("ACTIVATION", activation.rawValue)) }
    return definitions
  }
}
