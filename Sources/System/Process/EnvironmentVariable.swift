/// The value of a variable of this process's environment; nil where it is not set.
package func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Where temporary files lie: `TMPDIR`, which counts as not set where it is empty.
package var temporaryFolder: String {
  guard let folder = environmentVariable("TMPDIR"), !folder.isEmpty else { return "/tmp" }
  return folder
}
