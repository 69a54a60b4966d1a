import Backend
import Foundation
import OpenCL
import Sampling
import TestSupport
import Testing

@testable import Kernels
@testable import OpenCLBackend

@Suite struct KernelSourceTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Kernels")

  @Test func everyFileIsInTheBinaryAsItIs() throws {
    let files = try ["common", "simd", "simt", "probes"].flatMap { name in
      try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: name).path).map {
        "\(name)/\($0)"
      }
    }
    #expect(Set(files) == Set(KernelSource.allCases.map(\.path)))
    #expect(Set(KernelSource.texts.keys) == Set(files))
    for source in KernelSource.allCases {
      let file = Self.folder.appending(path: source.path)
      #expect(source.text.utf8.elementsEqual(try Data(contentsOf: file)), "\(source)")
      #expect(source.text.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(source)")
    }
  }

  /// With its own defaults, in the language that all devices have; files that depend on the weights, also where rows
  /// are quantized. Drivers differ in their warnings: the next test is for these.
  @Test(arguments: KernelSource.allCases.filter { $0.path.hasSuffix(".cl") })
  func everyFileCompilesAlone(_ source: KernelSource) throws {
    let text = try source.program()
    let options = text.contains("#if ROUNDS") ? ["", " -D WEIGHT_TYPE=8", " -D WEIGHT_TYPE=4"] : [""]
    for device in Devices.all {
      let context = try Context(device: device)
      for option in options {
        #expect(throws: Never.self, "\(source)\(option) on \(device)") {
          try Program(context, source: text, options: "-cl-std=CL1.2 -D HAS_DEVICE_FENCE=1" + option)
        }
      }
    }
  }

  /// Where a driver's own declarations are left out, these are enough; where they are not, both agree.
  @Test(arguments: KernelSource.allCases.filter { $0.path.hasSuffix(".cl") && !$0.path.hasPrefix("simt/") })
  func everyFileCompilesWithOurDeclarations(_ source: KernelSource) throws {
    let text = try KernelSource.declarations.text + source.program()
    let dependsOnWeights = text.contains("#if ROUNDS")
    for device in Devices.all where device.compilerReadsDeclarations {
      let context = try Context(device: device)
      for weights in dependsOnWeights ? [16, 17, 8, 4] : [16] {
        for option in ["-D _OPENCL_H_"] + (source == .loops ? [""] : []) {
          #expect(throws: Never.self, "\(source) \(option) on \(device)") {
            try Program(context, source: text, options: "-cl-std=CL1.2 -D WEIGHT_TYPE=\(weights) \(option)")
          }
        }
      }
    }
  }

  /// As the folder holds it, by a compiler that finds included files itself: for everybody's tools.
  @Test(.enabled(if: clang != nil, "No clang that compiles OpenCL C is here."))
  func everyFileCompilesInItsFolder() throws {
    for source in KernelSource.allCases where source.path.hasSuffix(".cl") {
      let clang = Process()
      clang.executableURL = Self.clang
      clang.currentDirectoryURL = Self.folder
      clang.arguments =
        ["-x", "cl", "-cl-std=CL1.2", "-fsyntax-only", "-Xclang", "-finclude-default-header", "-I", "."]
        + ["-Werror", "-Wno-pragma-once-outside-header", "-D", "HAS_DEVICE_FENCE=1", source.path]
      try clang.run()
      clang.waitUntilExit()
      #expect(clang.terminationStatus == 0, "\(source)")
    }
  }

  private static let clang: URL? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for file in folders.map({ URL(filePath: String($0)).appending(path: "clang") }) {
      let clang = Process()
      clang.executableURL = file
      clang.arguments = ["-x", "cl", "-fsyntax-only", "-Xclang", "-finclude-default-header", "/dev/null"]
      clang.standardError = FileHandle.nullDevice
      guard (try? clang.run()) != nil else { continue }
      clang.waitUntilExit()
      if clang.terminationStatus == 0 { return file }
    }
    return nil
  }()

  /// A compiler's message names the file that is wrong, and the line in it.
  @Test func messagesNameTheFileAndTheLine() throws {
    let broken = KernelSource.simdLanes.text + "nonsense;\n"
    let line = broken.split(separator: "\n", omittingEmptySubsequences: false).count - 1
    let programs = [
      (try KernelSource.simdAttention.program(replacing: [.simdLanes: broken]), "simd/lanes.h:\(line):"),
      // Behind everything that is included.
      (
        try KernelSource.simdAttention.program(replacing: [.simdAttention: Self.includingAndThenNonsense]),
        "attention.cl:4:"
      ),
    ]
    // The simulator's compiler does without `#line`.
    for device in Devices.all where !device.isSimulated {
      for (program, place) in programs {
        let error = try #require(throws: OpenCLError.self) {
          try Program(try Context(device: device), source: program, options: "-cl-std=CL1.2")
        }
        #expect(error.buildLog?.contains(place) == true, "\(device): \(error.buildLog ?? "")")
      }
    }
  }

  private static let includingAndThenNonsense = """
    #include "common/prelude.h"
    #include "common/prelude.h"
    #include "simd/lanes.h"
    nonsense;
    """

  // MARK: Codes

  /// The names of common/types.h that differ from the host's.
  @Test func codesAreTheHosts() {
    var codes: [String: Int] = [
      "PANEL": KernelSize.panel, "GROUP": KernelSize.group, "SPAN": KernelSize.span, "PAGE": KernelSize.page,
    ]
    for type in StoredType.allCases { codes["TYPE_\(type)".uppercased()] = type.rawValue }
    for epilogue in Epilogue.allCases { codes["EPILOGUE_\(epilogue)".uppercased()] = Int(epilogue.rawValue) }
    for code in DotCode.allCases where code != .khrInteger { codes["DOT_\(code)".uppercased()] = code.rawValue }
    codes["DOT_KHR_INTEGER"] = DotCode.khrInteger.rawValue
    #expect(Self.definitions(.types) == codes)
    #expect(KeyValuePage.length == KernelSize.page)
  }

  @Test func samplingFlagsAreTheHosts() {
    let definitions = Self.definitions(.samplingRow)
    let flags: [(String, SamplingRow.Flags)] = [
      ("GREEDY", .greedy), ("SUPPRESS_END_OF_TEXT", .suppressEndOfText), ("PENALIZE", .penalize),
      ("LOG_PROBABILITY", .logProbability), ("STARTS", .starts), ("ENDS", .ends),
    ]
    for (name, flag) in flags { #expect(definitions[name] == Int(flag.rawValue), "\(name)") }
    #expect(MemoryLayout<SamplingRow>.size == 48 && MemoryLayout<SampledToken>.size == 16)
  }

  /// Sizes of work-groups and tiles that a kernel fixes and the host launches it by.
  @Test func sizesAreTheHosts() throws {
    let quantize = Self.definitions(.simtQuantize)
    #expect(quantize["ITEMS"] == SIMTQuantize.items)
    #expect(quantize["ROUNDED"].map { $0 * SIMTQuantize.items } == SIMTQuantize.groupSize)
    let (tiles, many) = (Self.definitions(.simtLinearTiles), SIMTTile(height: 64))
    #expect(tiles["LOCAL"] == many.groupSize(PackedLayout(.fp16, .simt, .portable)))
    #expect(tiles["TN"].map { $0 * many.groupsAcross(64) } == 64 * KernelSize.panel)
    let linear = Self.definitions(.simtLinear)
    #expect(linear["LEAST_PART"] == SIMTSum.leastPart && linear["MOST_PARTS"] == SIMTSum.mostParts)
    let tensorTiles = Self.definitions(.simtLinearMMATiles)
    for (rows, panels) in [(65, 24), (256, 24), (256, 72), (300, 96), (1024, 24), (1024, 50)] {
      let tile = SIMTTensorTile(manyRows: rows, panels: panels, k: 768, computeUnits: 132, precision: .fp16)
      #expect([64, 128].contains(tile.width) && tile.width * tile.groupsAcross(64) == 64 * KernelSize.panel)
      #expect(tile.groupSize * tile.panels == 4 * tile.height && tile.width % (32 * tile.panels) == 0)
      #expect(32 * tile.width * tile.stages + 128 * tile.height <= 48 << 10)
      #expect(try #require(tensorTiles["TN"]) * #require(tensorTiles["STAGES"]) == tile.width * tile.stages)
      #expect((tile.width == 64) == (rows <= 256 && panels == 24), "few tiles are narrow ones")
    }
    for (k, precision, split) in [(3072, Precision.fp16, 2), (3072 - 64, .bf16, 1), (6400, .int8, 1)] {
      let tile = SIMTTensorTile(manyRows: 512, panels: 24, k: k, computeUnits: 132, precision: precision)
      let few = SIMTTensorTile(fewRows: 1, panels: 24, k: k, computeUnits: 132, precision: precision)
      #expect(tile.split == split && tile.halves == split && few.halves == split)
      #expect(tile.sharedSums(k, precision) == split * tile.height * tile.width)
    }
    let room = try #require(Self.definitions(.simtLinearMMAHeader)["ROOM"])
    for (rows, panels, k) in [(1, 24, 768), (1, 24, 3072), (8, 1571, 768), (9, 24, 3072), (64, 96, 1600)] {
      for precision in [Precision.fp16, .bf16, .int8] {
        let tile = SIMTTensorTile(fewRows: rows, panels: panels, k: k, computeUnits: 132, precision: precision)
        let (warps, norms) = (tile.groupSize / 32, (tile.stages + 1) / 2)
        #expect(warps * tile.height * tile.width <= room && (2...4).contains(tile.stages), "\(tile)")
        let part = precision == .int8 ? 128 : 64
        let local = warps * (64 * tile.width * tile.stages + 8 * part * norms) + 4 * room + 1024
        #expect(local <= 48 << 10 && tile.split <= (k + part - 1) / part, "\(tile)")
      }
    }
    let matrices = Self.definitions(.simtLinearMatrixTiles)
    #expect(matrices["COLUMNS"] == SIMTMatrixLinear.columns && matrices["SUB_GROUPS"] == SIMTMatrixLinear.subGroups)
    let block = Self.definitions(.simdBlock)
    #expect(block["OPERATIONS"] == SIMDBlock.operations && block["LINE"] == SIMDBlock.line)
    let simtBlock = Self.definitions(.simtBlock)
    #expect(simtBlock["OPERATIONS"] == SIMTBlock.operations && simtBlock["LINE"] == SIMTBlock.line)
  }

  /// The whole numbers that a file defines.
  static func definitions(_ source: KernelSource) -> [String: Int] {
    var numbers: [String: Int] = [:]
    for line in source.text.split(separator: "\n") {
      let words = line.split { " ()".contains($0) }
      guard words.count >= 3, words[0] == "#define", let number = Int(words[2].filter { $0 != "u" }) else { continue }
      numbers[String(words[1])] = number
    }
    return numbers
  }
}
