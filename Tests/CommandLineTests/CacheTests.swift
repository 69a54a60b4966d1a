import Foundation
import JSON
import TestSupport
import Testing

/// `cache`: what is kept, and that nothing else is ever removed.
@Suite struct CacheTests {
  /// A cache of one file of each kind, among other files, links and folders.
  private func cache() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in [
      "keep/other", "cache/0af3.bin", "cache/notes.bin", "cache/0AF3.bin", "cache/.bin", "cache/aa.bin/x",
      "cache/tuning/dev_fp16_simd_0123456789abcdef.json", "cache/tuning/mine.json",
      "cache/probes/0123456789abcdef.trying", "cache/probes/0123456789abcdef.trying.bak",
    ] {
      try folder.write("12345".utf8, to: name)
    }
    try folder.link("cache/beef.bin", to: folder.path("keep/other"))
    return folder
  }

  private func files(_ folder: TemporaryFolder) throws -> Set<String> {
    Set(try FileManager.default.subpathsOfDirectory(atPath: folder.path))
  }

  private static let own: Set = [
    "cache/0af3.bin", "cache/tuning/dev_fp16_simd_0123456789abcdef.json", "cache/probes/0123456789abcdef.trying",
  ]

  @Test func listsAndClearsItsOwnFilesOnly() throws {
    let folder = try cache()
    let before = try files(folder)
    let environment: [String: String?] = [
      "GPT2_GPU_CACHE": folder.path("cache"), "POCL_CACHE_DIR": folder.path("keep"),
    ]
    let list = try Program.run("cache", "--format", "json", environment: environment)
    list.check()
    let kept = try #require(list.json["kept"]?.array)
    #expect(kept.map { $0["kind"]?.string } == ["kernels", "tuning", "probes"])
    #expect(kept.allSatisfy { $0["files"]?.integer == 1 && $0["bytes"]?.integer == 5 })
    #expect(try list.json["pocl"]?["bytes"]?.integer == 5)
    let text = try Program.run("cache", environment: environment)
    #expect(text.output.contains("kernels  1 file  5 bytes") && text.output.contains(folder.path("keep")))
    #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("/") })

    let some = try Program.run("cache", "clear", "tuning", environment: environment)
    #expect(some.status == 0 && some.output == "Removed 1 file of tuning, 5 bytes.\n", "\(some.errors)")
    try Program.run("cache", "clear", environment: environment).check()
    #expect(try before.subtracting(files(folder)) == Self.own)
    let again = try Program.run("cache", "clear", "--format", "json", environment: environment)
    #expect(try again.json["removed"]?.array?.map { $0["files"]?.integer } == [0, 0, 0])
  }

  /// A link in place of a folder of the cache leads to somebody else's files, whatever they are called.
  @Test func foldersBehindLinksStay() throws {
    let folder = try cache()
    try Program.shell(
      """
      cd "\(folder.path)"; mv cache/tuning keep; ln -s ../keep/tuning cache/tuning
      GPT2_GPU_CACHE="$PWD/cache" "$PROGRAM" cache clear
      """
    ).check()
    #expect(try files(folder).contains("keep/tuning/dev_fp16_simd_0123456789abcdef.json"))
  }

  @Test func whatAnotherProcessUsesStays() throws {
    let folder = try cache()
    let run = try Program.shell(
      """
      exec 9<"\(folder.path)/cache/probes/0123456789abcdef.trying"; flock 9 || exit 77
      GPT2_GPU_CACHE="\(folder.path)/cache" "$PROGRAM" cache clear probes
      """)
    if run.status == 77 || run.status == 127 { return }
    #expect(run.output == "Removed 0 files of probes, 0 bytes.\n", "\(run.errors)")
  }

  @Test func noPlaceAndNoFolder() throws {
    let none = try Program.run(
      "cache", environment: ["GPT2_GPU_CACHE": nil, "XDG_CACHE_HOME": nil, "HOME": nil, "POCL_CACHE_DIR": "/nowhere"])
    #expect(none.status == 2 && none.errors.contains("GPT2_GPU_CACHE"))
    let empty = try Program.run("cache", "clear", environment: ["GPT2_GPU_CACHE": "/no/such/folder"])
    #expect(empty.status == 0 && empty.output.hasPrefix("Removed 0 files of kernels"))
  }
}
