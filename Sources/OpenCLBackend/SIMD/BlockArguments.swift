internal import OpenCL

/// The numbers of a block in one launch: `BlockArguments` in simd/block.cl, byte for byte.
struct BlockArguments: BitwiseCopyable, KernelArgument {
  /// Rows.
  var rows: Int32
  var channels: Int32
  /// Channels of the feed-forward part.
  var innerChannels: Int32
  var heads: Int32
  /// Pages of a slot.
  var blocks: Int32
  /// Of the residual stream.
  var xStride: Int32
  /// Of the rows that products read: norms, attention.
  var operandStride: Int32
  var qkvStride: Int32
  var innerStride: Int32
  /// Groups of tiles, of every product.
  var groups: Int32
  /// Weights ahead that are fetched into the L2 cache.
  var ahead: Int32
  /// And into the L1 cache.
  var near: Int32
  /// Work-groups of the launch.
  var team: Int32
  /// The first of attention's tiles, one a row.
  var firstTile: Int32
  /// Whether there are rows that attention does not append itself, 0 or 1.
  var appends: Int32
  var scale: Float
  var attentionEpsilon: Float
  var feedForwardEpsilon: Float

  static var signature: KernelArgumentSignature { KernelArgumentSignature(structure: "BlockArguments") }
}
