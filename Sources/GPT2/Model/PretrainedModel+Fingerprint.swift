internal import System
internal import Checkpoint
internal import JSON
internal import Tokenizer

extension PretrainedModel {
  /// Tells models apart, wherever their files lie: a hash of their configurations, and of each tensor's description and
  /// first and last bytes. Reading all bytes would take longer than many jobs.
  package var fingerprint: String {
    var hash = FNV1a128()
    func combine(_ text: String) {
      hash.combine(text.utf8)
      hash.combine(CollectionOfOne(0))
    }
    combine(checkpoint.configurationJSON.text)
    combine(checkpoint.generationConfigurationJSON?.text ?? "")
    combine(String(tokenizer?.vocabularySize ?? 0))
    if let adapter = checkpoint.adapter { combine(adapter.fingerprint) }
    if let adapterVocabulary { combine(adapterVocabulary) }
    for tensor in checkpoint.tensors {
      combine("\(tensor.name) \(tensor.scalarType) \(tensor.shape)")
      tensor.withBytes { bytes in
        hash.combine(bytes.prefix(64))
        hash.combine(bytes.suffix(64))
      }
    }
    return hash.text
  }
}
