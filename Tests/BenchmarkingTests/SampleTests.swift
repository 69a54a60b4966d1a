import JSON
import Testing

@testable import Benchmarking

@Suite struct SampleTests {
  @Test func medianAndSpread() {
    let sample = Sample([3, 1, 2])
    #expect(sample.median == 2 && sample.minimum == 1 && sample.maximum == 3 && sample.spread == 1)
    #expect(Sample([1, 2, 3, 4]).median == 2.5 && Sample([7]).spread == 0)
  }

  @Test func percentilesLieBetweenMeasurements() {
    let values = (0...100).reversed().map(Double.init)
    #expect(Sample.percentile(0, of: values) == 0 && Sample.percentile(100, of: values) == 100)
    #expect(Sample.percentile(95, of: values) == 95 && abs(Sample.percentile(99.5, of: values) - 99.5) < 1e-9)
    #expect(Sample.percentile(50, of: []).isNaN)
  }

  @Test func readsWhatItWrote() throws {
    let sample = Sample([1.25, 3, 2])
    #expect(Sample(try JSON(parsing: sample.json.text)) == sample)
    #expect(Sample(nil) == nil && Sample(["values": .array([])]) == nil)
  }

  @Test func theHashTellsSequencesApart() {
    func hash(_ sequences: [[Int32]]) -> String {
      var hash = TextHash()
      for sequence in sequences { hash.add(sequence) }
      return hash.text
    }
    #expect(hash([[1, 2], [3]]) == hash([[1, 2], [3]]))
    #expect(
      Set([hash([]), hash([[]]), hash([[1, 2], [3]]), hash([[1], [2, 3]]), hash([[2, 1], [3]])]).count == 5)
    #expect(hash([]) == "cbf29ce484222325")  // FNV's offset
  }
}
