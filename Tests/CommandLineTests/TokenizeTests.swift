import Foundation
import JSON
import TestSupport
import Testing

@Suite struct TokenizeTests {
  @Test(arguments: ["My dream is", "", "  spaces\n\n", "héllo 🤖 — ﬁn"])
  func textComesBack(_ text: String) throws {
    let json = try Program.run("tokenize", "-", "--format", "json", input: Array(text.utf8)).json
    let ids = try #require(json["tokens"]?.array).compactMap(\.integer)
    #expect(json["pieces"]?.array?.count == ids.count)
    let plain = try Program.run("tokenize", "-", input: Array(text.utf8)).output
    #expect(plain == ids.map(String.init).joined(separator: ",") + "\n")
    if ids.isEmpty { return }
    let decoded = try Program.run("tokenize", "--decode", plain)
    #expect(decoded.output == text + "\n")
  }

  @Test func specialTokensMayBePlainText() throws {
    let special = try Program.run("tokenize", "<|endoftext|>")
    let plain = try Program.run("tokenize", "--plain", "<|endoftext|>")
    #expect(special.output == "2047\n")
    #expect(plain.output.contains(",") && !plain.output.contains("2047"))
  }

  @Test func readsAFile() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("My dream is".utf8, to: "text")
    #expect(try Program.run("tokenize", "--file", file.path).output == Program.run("tokenize", "My dream is").output)
  }

  @Test func refusesWhatIsNoToken() throws {
    let run = try Program.run("tokenize", "--decode", "5000")
    #expect(run.status == 2 && run.errors.contains("no token 5000"))
    #expect(try Program.run("tokenize").status == 2)
    #expect(try Program.run("tokenize", "a", "--decode", "1").status == 2)
  }
}
