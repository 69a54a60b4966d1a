/// A request needs more of the key-value cache than there is.
public struct CacheError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  public let description: String
}
