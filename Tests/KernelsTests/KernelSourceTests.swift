import Foundation
import OpenCL
import TestSupport
import Testing

@testable import Kernels

@Suite struct KernelSourceTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Kernels")

  @Test func everyFileIsInTheBinaryAsItIs() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".cl") }
    #expect(Set(files) == Set(KernelSource.allCases.map { $0.rawValue + ".cl" }))
    #expect(Set(KernelSource.texts.keys) == Set(KernelSource.allCases.map(\.rawValue)))
    for source in KernelSource.allCases {
      let file = Self.folder.appending(path: source.rawValue + ".cl")
      #expect(source.text.utf8.elementsEqual(try Data(contentsOf: file)), "\(source.rawValue)")
    }
  }

  /// Behind what it names as its basis, with its own defaults, in the language that all devices have, and
  /// without a warning.
  @Test(arguments: KernelSource.allCases)
  func everyFileCompilesAlone(_ source: KernelSource) throws {
    let text = (source.basis + [source]).map(\.text).joined()
    for device in Devices.all {
      let context = try Context(device: device)
      #expect(throws: Never.self, "\(source.rawValue) on \(device)") {
        try Program(context, source: text, options: "-cl-std=CL1.2 -Werror")
      }
    }
  }
}
