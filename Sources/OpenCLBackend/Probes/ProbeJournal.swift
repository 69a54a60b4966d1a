internal import JSON
internal import OpenCL
internal import System

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A file that says that a probe is under way: one that ended the process, by a compiler's or a driver's fault, shows at
/// later starts and is then left out.
///
/// It holds a byte for each such end, and is locked meanwhile, so that no other process takes a probe under way for one
/// that went wrong. A process may also be killed by somebody while it probes: only the second end counts.
final class ProbeJournal {
  /// Where it is.
  let path: String
  private let descriptor: Int32

  /// Ends of the process after which a probe is left out.
  static let most = 2

  /// Begins a probe.
  ///
  /// - Throws: ``ProbeLeftOut`` where it ended the process before. Where no file can be had, it goes on without one.
  init?(_ path: String) throws(ProbeLeftOut) {
    SmallFile.makeFolders(of: path)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_APPEND, 0o600)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0 else {
      close(descriptor)
      return nil
    }
    guard status.st_size < Self.most else {
      close(descriptor)
      throw ProbeLeftOut(path: path)
    }
    self.path = path
    self.descriptor = descriptor
    do { try writeAll([UInt8(ascii: "x")], to: descriptor, name: path) } catch {}
  }

  /// The file of a unit's probe on a device, of whatever form, beside the compiled programs; nil where the environment has
  /// no place for it.
  static func path(_ unit: DotUnit, _ family: KernelFamily, _ device: Device) -> String? {
    guard let precision = unit.precision, let cache = ProgramCache.folder(in: ProcessInfo.processInfo.environment)
    else { return nil }
    let key = TuningKey(device, precision, family: family.rawValue, unit: unit.baseName)
    return "\(cache)/\(ProbeTrials.folder)/\(FNV1a64(Array(key.json.text.utf8)).text).trying"
  }

  deinit {
    unlink(path)  // with the lock still on it: nobody waits for it
    close(descriptor)
  }
}

/// The files of probes.
package enum ProbeTrials {
  /// Their folder, beside the compiled programs.
  package static let folder = "probes"

  /// Whether a file in the folder of probes is one by its name.
  package static func isFileName(_ name: String) -> Bool { name.wholeMatch(of: /[0-9a-f]{16}\.trying/) != nil }
}

/// A probe that ended the process before.
struct ProbeLeftOut: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "the program ended \(ProbeJournal.most) times while it was tried (to try again, remove \(path))"
  }
}
