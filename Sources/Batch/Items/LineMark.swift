/// What an item's line was when its result was written: by it, a line that has changed since is known.
struct LineMark: Hashable, Sendable {
  /// The item's place in the input, from 0.
  let index: Int
  /// 32 bits of a hash, as it is to find slips.
  let value: UInt32

  /// A blank line, which is no item's in JSON Lines.
  static let blank: UInt32 = 0
  /// A line that was too long to be read.
  static let tooLong: UInt32 = 1

  init(index: Int, value: UInt32) { (self.index, self.value) = (index, value) }

  // MARK: As a line of a file

  /// The largest place that is believed.
  private static let mostItems = 1 << 32

  /// Reads `[index,value]`; nil for anything else, as a line that was torn.
  init?(_ line: ArraySlice<UInt8>) {
    guard line.first == UInt8(ascii: "["), line.last == UInt8(ascii: "]"), line.count < 32 else { return nil }
    let numbers = line.dropFirst().dropLast().split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard numbers.count == 2, let index = Self.number(numbers[0]), let value = Self.number(numbers[1]),
      index < Self.mostItems, let value = UInt32(exactly: value)
    else { return nil }
    self.init(index: index, value: value)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard 1...10 ~= digits.count, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// The line of a file of marks.
  var line: [UInt8] { Array("[\(index),\(value)]\n".utf8) }
}
