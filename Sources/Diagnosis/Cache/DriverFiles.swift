internal import OpenCL
internal import System

/// What a driver keeps of compiled kernels itself: PoCL, whose folder this program may have named.
package struct DriverFiles: Sendable {
  /// The folder.
  package let folder: String

  /// PoCL's; nil where the environment has no place for it.
  package static var pocl: DriverFiles? { CompilerFolder.ofPoCL.map(DriverFiles.init) }

  /// How much is in it.
  package var sum: KeptFiles.Sum {
    guard let opened = OpenFolder.open(folder) else { return KeptFiles.Sum() }
    let size = opened.size()
    return KeptFiles.Sum(files: size.files, bytes: size.bytes)
  }
}
