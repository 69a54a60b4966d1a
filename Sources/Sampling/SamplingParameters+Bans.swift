extension SamplingParameters {
  /// The tokens that may not follow `history` because of ``noRepeatNgramSize`` and ``badWords``.
  ///
  /// A bad word of several tokens bans its last token where the others have just been written.
  package func bannedTokens(after history: [Int32]) -> [Int32] {
    var banned: [Int32] = []
    let size = noRepeatNgramSize
    if size > 0, history.count >= size {
      let stem = history.suffix(size - 1)
      for start in 0...(history.count - size) where history[start..<(start + size - 1)].elementsEqual(stem) {
        banned.append(history[start + size - 1])
      }
    }
    for word in badWords {
      if let last = word.last, history.suffix(word.count - 1).elementsEqual(word.dropLast()) { banned.append(last) }
    }
    return banned
  }
}
