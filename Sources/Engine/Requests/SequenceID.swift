/// Which of the sequences that a slot has belonged to.
struct SequenceID: Hashable {
  let slot: Int
  let serial: Int
}
