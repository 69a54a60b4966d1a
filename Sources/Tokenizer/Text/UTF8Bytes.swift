extension [UInt8] {
  /// The scalar that starts at `index`. The bytes must be well-formed UTF-8, as those of every `String` are.
  func scalar(at index: Int) -> Unicode.Scalar {
    let lead = UInt32(self[index])
    let value =
      switch lead {
      case 0..<0x80: lead
      case 0..<0xE0: (lead & 0x1F) << 6 | continuation(index + 1)
      case 0..<0xF0: (lead & 0x0F) << 12 | continuation(index + 1) << 6 | continuation(index + 2)
      default:
        (lead & 0x07) << 18 | continuation(index + 1) << 12 | continuation(index + 2) << 6 | continuation(index + 3)
      }
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  /// The scalar that ends before `index`, which must not be the start.
  func scalar(before index: Int) -> Unicode.Scalar {
    var start = index - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return scalar(at: start)
  }

  private func continuation(_ index: Int) -> UInt32 { UInt32(self[index] & 0x3F) }
}
