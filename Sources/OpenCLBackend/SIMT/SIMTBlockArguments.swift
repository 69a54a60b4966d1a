internal import OpenCL

/// The numbers of a block in one launch: `BlockArguments` in simt/block.cl, byte for byte.
struct SIMTBlockArguments: BitwiseCopyable, KernelArgument {
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
  var qkvStride: Int32
  var attendedStride: Int32
  var innerStride: Int32
  /// Work-groups that share the sums of each product.
  var inputSplit: Int32
  var outputSplit: Int32
  var expansionSplit: Int32
  var contractionSplit: Int32
  /// Sums that a product's is cut in, of all channels and of the inner ones.
  var channelHalves: Int32
  var innerHalves: Int32
  /// Work-groups of the launch.
  var team: Int32
  /// The first of attention's tiles, one a row.
  var firstTile: Int32
  /// Pages of the context that a work-group attends to, and work-groups that share a row and head.
  var pagesEach: Int32
  var chunks: Int32
  /// Sectors of the next launch's weights to ask for.
  var followingFirst: Int32
  var followingCount: Int32
  /// Counts of work-groups that have arrived: of products, and of attention.
  var productArrivals: Int32
  var attentionArrivals: Int32
  var scale: Float
  var attentionEpsilon: Float
  var feedForwardEpsilon: Float

  static var signature: KernelArgumentSignature { KernelArgumentSignature(structure: "BlockArguments") }
}
