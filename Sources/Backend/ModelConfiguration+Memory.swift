package import Checkpoint

extension ModelConfiguration {
  /// Bytes of the parameters at a precision, scales left aside.
  package func weightByteCount(_ precision: Precision) -> Int {
    let embeddings = vocabularySize * embeddingSize * (tieWordEmbeddings ? 1 : 2)
    return (max(parameterCount - embeddings, 0) * precision.bitWidth + embeddings * precision.ofEmbeddings.bitWidth) / 8
  }
}
