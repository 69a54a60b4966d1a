import ArgumentParser

/// A number of things: 64, 64k (thousands) or 64K (1,024s), and the same with m and M.
struct Count: ExpressibleByArgument {
  let value: Int

  init(_ value: Int) { self.value = value }

  init?(argument: String) {
    let multipliers: [Character: Int] = ["k": 1000, "K": 1024, "m": 1_000_000, "M": 1 << 20]
    let multiplier = argument.last.flatMap { multipliers[$0] }
    guard let number = Int(multiplier == nil ? argument[...] : argument.dropLast()) else { return nil }
    let (value, overflow) = number.multipliedReportingOverflow(by: multiplier ?? 1)
    if overflow { return nil }
    self.value = value
  }

  var defaultValueDescription: String { String(value) }
}
