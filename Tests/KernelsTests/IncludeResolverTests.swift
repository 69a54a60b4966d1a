import Kernels
import Testing

@Suite struct IncludeResolverTests {
  private func resolve(_ files: [String: String], _ path: String = "a") throws(IncludeError) -> String {
    try IncludeResolver { files[$0] }.resolve(path)
  }

  @Test func filesStandWhereTheyAreIncluded() throws {
    let found = try resolve(["a": "1\n#include \"b/c\"\n3", "b/c": "#pragma once\nx\n"])
    #expect(found == "#line 1 \"a\"\n1\n#line 1 \"b/c\"\n\nx\n\n#line 3 \"a\"\n3\n")
  }

  @Test func filesAreIncludedOnce() throws {
    let found = try resolve(["a": "#include \"b\"\n#include \"c\"\n", "b": "#include \"c\"\n", "c": "x\n"])
    #expect(found.split(separator: "\n").count { $0 == "x" } == 1)
  }

  @Test func linesOfAFileKeepTheirNumbers() throws {
    // A line of b that is included twice stands where `#line` says, however often.
    let found = try resolve(["a": "#include \"b\"\n#include \"b\"\nlast", "b": "x"])
    let lines = found.split(separator: "\n", omittingEmptySubsequences: false)
    let place = try #require(lines.firstIndex(of: "last"))
    #expect(lines[place - 1] == "#line 3 \"a\"")
  }

  @Test func whatIsNotThereIsTold() throws {
    #expect(throws: IncludeError.missing("a", file: nil, line: 0)) { try resolve([:]) }
    let error = IncludeError.missing("b", file: "a", line: 2)
    #expect(throws: error) { try resolve(["a": "\n#include \"b\"\n"]) }
    #expect("\(error)" == "a:2 includes b, which is not there.")
  }

  @Test func cyclesAreTold() {
    #expect(throws: IncludeError.cycle(["a", "b", "a"])) {
      try resolve(["a": "#include \"b\"", "b": "#include \"a\""])
    }
    #expect(throws: IncludeError.cycle(["a", "a"])) { try resolve(["a": "#include \"a\""]) }
  }

  @Test func includesUnderConditionsAreRefused() {
    #expect(throws: IncludeError.conditional(file: "a", line: 2)) {
      try resolve(["a": "#ifdef X\n#include \"b\"\n#endif\n", "b": ""])
    }
    #expect(throws: IncludeError.malformed(file: "a", line: 1)) { try resolve(["a": "#include <b>\n", "b": ""]) }
  }
}
