import Foundation
import OpenCL
import TestSupport
import Testing

struct CompilerFolderTests {
  @Test func aFolderThatCannotBeMadeIsNotUsable() throws {
    let folder = try TemporaryFolder()
    #expect(CompilerFolder.isUsable(["HOME": folder.url.path]))
    #expect(FileManager.default.fileExists(atPath: folder.url.path + "/.cache/pocl"))
    #expect(CompilerFolder.isUsable(["HOME": "/nonexistent", "XDG_CACHE_HOME": folder.url.path]))
    #expect(!CompilerFolder.isUsable(["HOME": "/proc"]))
    #expect(!CompilerFolder.isUsable(["HOME": folder.url.path, "XDG_CACHE_HOME": "/dev/null"]))
    #expect(!CompilerFolder.isUsable([:]))
  }

  /// Compiled code lies there, and is run.
  @Test func aFolderThatOthersMayWriteIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.path + "/cache"
    #expect(CompilerFolder.privateFolder(path) == path)
    #expect(CompilerFolder.privateFolder(path) == path)
    chmod(path, 0o777)
    #expect(CompilerFolder.privateFolder(path) == nil)
    symlink("/root", folder.url.path + "/link")
    #expect(CompilerFolder.privateFolder(folder.url.path + "/link") == nil)
    try Data().write(to: URL(filePath: folder.url.path + "/file"))
    #expect(CompilerFolder.privateFolder(folder.url.path + "/file") == nil)
    #expect(CompilerFolder.privateFolder(folder.url.path + "/none/cache") == nil)
  }
}
