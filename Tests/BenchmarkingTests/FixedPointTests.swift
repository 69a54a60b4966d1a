import Testing

@testable import Benchmarking

@Suite struct FixedPointTests {
  @Test(arguments: [
    (1.5, 0, "2"), (2.345, 2, "2.35"), (-0.004, 2, "0.00"), (-0.006, 2, "-0.01"), (0.05, 1, "0.1"),
    (1234.5, 3, "1234.500"),
    (.nan, 2, "-"), (0, 2, "0.00"),
  ])
  func writesSoManyPlaces(_ value: Double, _ places: Int, _ text: String) {
    #expect(value.fixed(places) == text)
  }

  @Test(arguments: [(0.01234, "0.0123"), (0.5, "0.500"), (12.34, "12.3"), (1234.6, "1235"), (0, "0")])
  func writesAboutThreeDigits(_ value: Double, _ text: String) {
    #expect(value.short == text)
  }
}
