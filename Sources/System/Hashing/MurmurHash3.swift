/// MurmurHash3 (Appleby).
package enum MurmurHash3 {
  /// Its last step, a bijection: spreads every bit of a hash over all of them.
  package static func mix(_ hash: UInt64) -> UInt64 {
    var hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
