/// The beams of a request that runs, and the slots and pages that they have.
struct BeamGroup {
  var search: BeamSearch
  /// The slot of each beam.
  let slots: [Int]
  var pages: BeamPages
  /// Beams whose pages the device does not know yet.
  var moved: [Int] = []
  /// Pages to copy before the next step of the beams.
  var copies: [BeamPages.Copy] = []
}
