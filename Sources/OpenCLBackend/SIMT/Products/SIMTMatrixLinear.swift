internal import Backend
internal import Checkpoint
internal import Kernels
internal import OpenCL

/// The kernel of simt/linear_matrix_tiles.cl: products of many quantized rows on matrix units of Intel's and AMD's GPUs,
/// with the numbers of ``SIMTLinear``.
struct SIMTMatrixLinear: KernelDescriptor {
  let layout: PackedLayout
  let unit: DotUnit
  /// What the epilogue ``Epilogue/activation`` applies.
  let activation: Activation
  /// Work-items of a sub-group: SUB_GROUP_SIZE.
  private let subGroupSize: Int
  /// Matrices of a sub-group, one below the other: ROWS.
  private let rows: Int

  /// Matrices of a sub-group side by side, and sub-groups of a work-group: COLUMNS, SUB_GROUPS.
  static let (columns, subGroups) = (2, 4)

  /// The kernel for products of so many rows and panels on a device.
  init(
    rows: Int, panels: Int, layout: PackedLayout, unit: DotUnit, activation: Activation, _ device: Device
  ) {
    self.layout = layout
    self.unit = unit
    self.activation = activation
    subGroupSize = unit.subGroupSize(device)
    // Lower tiles, where taller ones would leave units idle, or a thread of Intel's GPUs has no registers for three sums
    // of each row.
    let across = SIMTTensorTile.groupsAcross(panels, width: Self.width(unit, subGroupSize))
    let tall = 2 * Self.matrixHeight(unit)
    let isIdle = (rows + tall - 1) / tall * across < device.computeUnits
    self.rows = isIdle || (unit.code == .xmx && layout.precision == .int4) ? 1 : 2
  }

  /// MATRIX_ROWS.
  private static func matrixHeight(_ unit: DotUnit) -> Int { unit.code == .xmx ? 8 : 16 }

  /// TN: Intel's matrices are as wide as a sub-group, AMD's half as wide.
  private static func width(_ unit: DotUnit, _ subGroupSize: Int) -> Int {
    subGroups * columns * (unit.code == .xmx ? subGroupSize : subGroupSize / 2)
  }

  /// Enqueues the product of `rows` rows.
  func run(
    _ launcher: KernelLauncher, _ x: Buffer<UInt32>, stride: Int, rows: Int,
    weights: Input<some BitwiseCopyable>, bias: Buffer<Float>, k: Int, n: Int, into y: DeviceActivations,
    _ epilogue: Epilogue
  ) throws {
    let (panels, size) = (PackedLayout.panels(n), subGroupSize * Self.subGroups)
    let height = self.rows * Self.matrixHeight(unit)
    let across = SIMTTensorTile.groupsAcross(panels, width: Self.width(unit, subGroupSize))
    try launcher.run(
      self, " \(k) × \(n)", operations: 2 * Double(rows) * Double(k) * Double(n),
      global: NDRange(size, (rows + height - 1) / height, across), local: NDRange(size), Input(x), weights,
      Input(bias), InputOutput(y.floats), Int32(rows), Int32(k), Int32(panels), Int32(stride), Int32(y.stride),
      epilogue.rawValue)
  }

  var source: KernelSource { .simtLinearMatrixTiles }
  var function: String { "linear" }
  var language: KernelLanguage { unit.language }
  var definitions: [(name: String, value: String)] {
    layout.definitions + unit.definitions + [("ROWS", "\(rows)"), ("SUB_GROUP_SIZE", "\(subGroupSize)")]
      + (activation == .linear ? [] : [("ACTIVATION", activation.rawValue)])
  }
}
