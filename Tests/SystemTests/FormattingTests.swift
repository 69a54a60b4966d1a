import Testing

@testable import System

@Suite struct FormattingTests {
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

  @Test(arguments: [
    (12, "12 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"),
    (2 << 30, "2.0 GiB"), (5 << 40, "5120.0 GiB"),
  ])
  func writesBytesInTheLargestUnit(_ bytes: Int, _ text: String) {
    #expect(ByteSize(bytes).description == text)
  }

  @Test(arguments: [
    ("topk", "top_k"), ("top-p", "top_p"), ("tempurature", "temperature"), ("TEMPERATURE", "temperature"),
    ("tpo_k", "top_k"), ("x", nil), ("", nil), ("something", nil), (String(repeating: "top_k", count: 99), nil),
  ])
  func findsTheNearestName(_ name: String, _ nearest: String?) {
    #expect(name.nearest(among: ["top_k", "top_p", "temperature"]) == nearest)
  }

  @Test func writesGibibytes() {
    #expect(ByteSize(1 << 29).gibibytes() == "0.5 GiB" && ByteSize(300 << 20).gibibytes(places: 2) == "0.29 GiB")
  }
}
