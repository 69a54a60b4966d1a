internal import OpenCL
internal import OpenCLBackend
package import System

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the program keeps for later starts, in one folder: only files whose names have the form of one kind are its own.
package struct KeptFiles: Sendable {
  /// The folder.
  package let folder: String

  /// What is kept.
  package enum Kind: String, CaseIterable, Sendable {
    /// Compiled kernels.
    case kernels
    /// What `tune` found.
    case tuning
    /// Instructions whose trial ended the program.
    case probes
  }

  /// Some files: how many, and their bytes.
  package struct Sum: Sendable {
    package var files = 0
    package var bytes = 0
  }

  /// The files in a folder.
  package init(folder: String) { self.folder = folder }

  /// The user's; nil where the environment has no place for them.
  package static var standard: KeptFiles? {
    ProgramCache.folder(in: ProcessInfo.processInfo.environment).map(KeptFiles.init)
  }

  /// How much there is of a kind.
  package func sum(of kind: Kind) -> Sum {
    guard let folder = open(kind) else { return Sum() }
    return Self.own(kind, in: folder).reduce(into: Sum()) { sum, file in
      sum.files += 1
      sum.bytes += file.byteCount
    }
  }

  /// Takes away the files of a kind, but for those that another process is using; returns those that are gone.
  ///
  /// Whatever else is in the folder stays, and so do folders and what links lead to.
  ///
  /// - Throws: ``WriteError``.
  package func clear(_ kind: Kind) throws(WriteError) -> Sum {
    guard let folder = open(kind) else { return Sum() }
    var sum = Sum()
    for file in Self.own(kind, in: folder) where try folder.remove(file.name) {
      sum.files += 1
      sum.bytes += file.byteCount
    }
    return sum
  }

  /// The folder of a kind, where it is this user's.
  private func open(_ kind: Kind) -> OpenFolder? {
    guard let folder = OpenFolder.open(folder), folder.isOwn else { return nil }
    guard let name = kind.folder else { return folder }
    guard let inner = folder.folder(name), inner.isOwn else { return nil }
    return inner
  }

  private static func own(_ kind: Kind, in folder: borrowing OpenFolder) -> [OpenFolder.File] {
    folder.contents().files.filter { $0.isOwn && kind.hasForm($0.name) }
  }
}

extension KeptFiles.Kind {
  /// The folder in the folder; nil where files lie in that itself.
  fileprivate var folder: String? {
    switch self {
    case .kernels: nil
    case .tuning: TuningFile.folder
    case .probes: ProbeTrials.folder
    }
  }

  /// Whether a file's name has the form of those of this kind.
  fileprivate func hasForm(_ name: String) -> Bool {
    switch self {
    case .kernels: ProgramCache.isFileName(name)
    case .tuning: TuningFile.isFileName(name)
    case .probes: ProbeTrials.isFileName(name)
    }
  }
}
