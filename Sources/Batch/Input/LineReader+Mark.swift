internal import System

extension LineReader.Line {
  /// The value of its ``LineMark``.
  var markValue: UInt32 {
    guard case .bytes(let bytes) = self else { return LineMark.tooLong }
    if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return LineMark.blank }
    return max(2, UInt32(truncatingIfNeeded: MurmurHash3.mix(FNV1a64(bytes).value)))
  }
}
