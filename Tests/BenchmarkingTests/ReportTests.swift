import Testing

@testable import Benchmarking

@Suite struct ReportTests {
  @Test(arguments: [
    (0.7, 0.8), (1, 1), (3, 3), (9.5, 10), (11, 12), (99, 100), (101, 120), (1234, 1500), (0.031, 0.04), (0, 1),
  ])
  func linearAxesEndAtARoundNumber(_ largest: Double, _ upper: Double) {
    let axis = Axis.fromZero(to: largest)
    #expect(axis.lower == 0 && axis.upper >= largest && abs(axis.upper / upper - 1) < 0.26, "\(axis.upper)")
    #expect((3...7).contains(axis.ticks.count) && axis.ticks.last == axis.upper)
    #expect(axis.place(0) == 0 && axis.place(axis.upper) == 1)
  }

  @Test func logarithmicAxesHoldWholeDecades() {
    let axis = Axis.decades([0.3, 700])
    #expect(axis.ticks.count == 5 && abs(axis.lower / 0.1 - 1) < 1e-9 && abs(axis.upper / 1000 - 1) < 1e-9)
    #expect(abs(axis.place(10) - 0.5) < 1e-9)
    let values = Axis.values([8, 1, 64, 8])
    #expect(values.ticks == [1, 8, 64] && values.place(1) > 0 && values.place(64) < 1)
    #expect(Axis.values([4]).place(4) == 0.5)
  }

  @Test(arguments: [(0, "0"), (0.25, "0.25"), (5, "5"), (1500, "1,500"), (20_000, "20k"), (3_500_000, "3.5M")])
  func ticksAreShort(_ value: Double, _ text: String) { #expect(value.tick == text) }

  @Test func textsDoNotCoverOneAnother() {
    var places = LabelPlaces()
    let first = places.place("1234", middle: 100, baseline: 100)
    let covered = places.place("1234", middle: 110, baseline: 104)
    let below = places.place("1234", middle: 110, baseline: 120)
    places.block((200, 200))
    let onAMark = places.place("1", middle: 200, baseline: 205)
    #expect(first && !covered && below && !onAMark)
  }

  @Test func whatDriversCallDevicesIsText() {
    #expect("<b>\"A&B\"</b>".escaped == "&lt;b&gt;&quot;A&amp;B&quot;&lt;/b&gt;")
    #expect("1234567.5".grouped == "1,234,567.5" && "123".grouped == "123" && "12.5k".grouped == "12.5k")
  }
}
