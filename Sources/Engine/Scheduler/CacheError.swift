/// A request needs more of the key-value cache than there is, or is none that any cache would do for.
public struct CacheError: Error, Hashable, CustomStringConvertible {
  /// A sentence for a person.
  public let description: String
}
