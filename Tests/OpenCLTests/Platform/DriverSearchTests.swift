import Foundation
import OpenCL
import TestSupport
import Testing

@Suite struct DriverSearchTests {
  private static let pocl = "/usr/lib/x86_64-linux-gnu/libpocl.so.2"
  private static var hasPoCL: Bool { FileManager.default.fileExists(atPath: pocl) }

  @Test(.enabled(if: hasPoCL, "PoCL is not installed here."))
  func findsWhatNoFileNames() throws {
    let folder = try TemporaryFolder()
    let vendors = folder.path
    let search = DriverSearch(vendors: vendors, libraries: ["/no/such/libpocl.so.2", Self.pocl, "libpocl.so.2"])
    #expect(search.unregistered == [Self.pocl])
    // Named by a path, by a name that the linker finds, in another version; then by one that is not there.
    for (name, isKnown) in [
      (Self.pocl, true), ("libpocl.so.2", true), ("/gone/libpocl.so.2", false), ("libother.so.1", false),
    ] {
      try Data((name + "\n").utf8).write(to: URL(filePath: vendors + "/test.icd"))
      #expect(search.unregistered.isEmpty == isKnown, "\(name)")
    }
  }

  @Test func noLibraryIsNoDriver() throws {
    let folder = try TemporaryFolder()
    let vendors = folder.path
    let text = vendors + "/libnvidia-opencl.so.1"
    try Data("no library".utf8).write(to: URL(filePath: text))
    let search = DriverSearch(vendors: vendors, libraries: [text])
    #expect(search.unregistered.isEmpty && search.register().isEmpty)
  }

  /// In a process of its own: the loader reads its folder once.
  @Test(.enabled(if: hasPoCL, "PoCL is not installed here."))
  func itsDeviceAppears() async {
    await #expect(processExitsWith: .success) {
      let search = DriverSearch(
        vendors: "/no/such/folder", libraries: ["/usr/lib/x86_64-linux-gnu/libpocl.so.2"])
      let found = search.register()
      #expect(found == ["/usr/lib/x86_64-linux-gnu/libpocl.so.2"])
      let platforms = try Platform.all().map(\.name)
      #expect(platforms == ["Portable Computing Language"])
      #expect(Platform.hasDevice(from: found[0]))
      // A library that is no driver; one that is not there.
      #expect(!Platform.hasDevice(from: "libm.so.6") && !Platform.hasDevice(from: "/no/such/libpocl.so.2"))
      #expect(ProcessInfo.processInfo.environment["OCL_ICD_VENDORS"] == nil)
    }
  }
}
