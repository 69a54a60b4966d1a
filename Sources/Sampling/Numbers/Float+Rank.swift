extension Float {
  /// An integer that falls as the number rises, for any number but a negative zero.
  var rank: UInt32 { bitPattern >> 31 == 0 ? bitPattern ^ 0x7FFF_FFFF : bitPattern }

  /// The number with a rank.
  init(rank: UInt32) { self = Float(bitPattern: Float(bitPattern: rank).rank) }
}
