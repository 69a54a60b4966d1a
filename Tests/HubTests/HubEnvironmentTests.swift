import TestSupport
import Testing

@testable import Hub

@Suite struct HubEnvironmentTests {
  private func environment(_ variables: [String: String], tokenFile: String? = nil) throws(HubError) -> HubEnvironment {
    let variables = variables.merging(["HF_HUB_CACHE": "/nowhere"]) { given, _ in given }
    return try HubEnvironment(program: "p/1", tokenFile: tokenFile) { variables[$0] }
  }

  @Test func readsTheToken() throws {
    let folder = try TemporaryFolder()
    try folder.write(" from-file\n".utf8, to: "token")
    try folder.write("other".utf8, to: "other")
    let home = ["HF_HOME": folder.path]
    #expect(try environment([:]).token == nil)
    #expect(try environment(home).token == "from-file")
    #expect(try environment(home.merging(["HF_TOKEN": " a\n"]) { $1 }).token == "a")
    #expect(try environment(["HUGGING_FACE_HUB_TOKEN": "old", "HF_TOKEN": ""]).token == "old")
    #expect(try environment(["HUGGING_FACE_HUB_TOKEN": "old", "HF_TOKEN": "new"]).token == "new")
    #expect(try environment(["HF_TOKEN_PATH": folder.path("other"), "HF_HOME": folder.path]).token == "other")
    #expect(try environment(["HF_TOKEN": "a"], tokenFile: folder.path("other")).token == "other")
    #expect(try environment(["HF_TOKEN": "a", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]).token == nil)
    #expect(try environment(["HF_TOKEN": "  "]).token == nil)
    for token in ["a\r\nX: b", "a b", "é", "a\0b"] {
      #expect(throws: HubError.self) { try environment(["HF_TOKEN": token]) }
    }
    #expect(throws: HubError.self) { try environment([:], tokenFile: folder.path("none")) }
  }

  @Test(arguments: [
    (["HF_HUB_OFFLINE": "1"], true), (["HF_HUB_OFFLINE": "yes"], true), (["HF_HUB_OFFLINE": "True"], true),
    (["HF_HUB_OFFLINE": "0"], false), (["TRANSFORMERS_OFFLINE": "on"], true), ([:], false),
    (["HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"], false),
    (["HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": "1"], true),
  ])
  func readsWhetherItIsOffline(_ variables: [String: String], isOffline: Bool) throws {
    #expect(try environment(variables).isOffline == isOffline)
  }

  @Test func readsTheRest() throws {
    #expect(try environment([:]).endpoint == "https://huggingface.co")
    #expect(try environment(["HF_ENDPOINT": "https://mirror/x//"]).endpoint == "https://mirror/x")
    #expect(try environment(["HF_HUB_DOWNLOAD_TIMEOUT": "2.5"]).patience == 2.5)
    for text in ["0", "nan", "x", "-1", "1e9"] {
      #expect(throws: HubError.self) { try environment(["HF_HUB_DOWNLOAD_TIMEOUT": text]) }
    }
    #expect(try environment(["HF_HUB_USER_AGENT_ORIGIN": "lab"]).userAgent == "p/1; origin/lab")
    #expect(try environment(["HF_HUB_USER_AGENT_ORIGIN": "lab", "DO_NOT_TRACK": "1"]).userAgent == "p/1")
    #expect(try environment(["HF_HUB_USER_AGENT_ORIGIN": "a\nb: c"]).userAgent == "p/1")
    #expect(throws: HubError.self) { try HubEnvironment(program: "p/1") { _ in nil } }
  }
}
