/// A file of a repository, as the Hub lists it.
package struct ListedFile: Hashable, Sendable {
  /// Its name within the repository, which leads nowhere else.
  package let path: String
  package let size: Int
  package let hash: ContentHash
}
