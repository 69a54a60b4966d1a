import Testing

@testable import Hub

/// What the Hub's answers mean.
@Suite struct RefusalTests {
  private func error(_ status: Int, _ lines: [String], token: String?, isOfHub: Bool = true) throws -> HubError {
    var head = ResponseHead()
    for line in ["HTTP/1.1 \(status) x"] + lines where !head.add(line) { Issue.record("\(line)") }
    var environment = try HubEnvironment(program: "p/1") { $0 == "HF_HUB_CACHE" ? "/nowhere" : nil }
    environment.token = token
    return Refusal(head, isOfHub: isOfHub).error("a/b/file", of: "a/b", revision: "v9", environment)
  }

  @Test(arguments: [
    (401, ["X-Error-Code: RepoNotFound"], nil, HubError.Kind.repository, "or it is private"),
    (401, [], nil, .repository, "or it is private"),
    (404, ["X-Error-Code: RepoNotFound"], "t", .repository, "this token may not see it"),
    (401, ["X-Error-Message: Invalid credentials in Authorization header"], "t", .repository, "unset HF_TOKEN"),
    (401, ["X-Error-Code: GatedRepo"], nil, .repository, "https://huggingface.co/a/b"),
    (403, ["X-Error-Code: GatedRepo"], "t", .repository, "has no access"),
    (404, ["X-Error-Code: RevisionNotFound"], nil, .repository, "'v9'"),
    (404, ["X-Error-Code: EntryNotFound"], nil, .repository, "a/b/file"),
    (403, ["X-Error-Message: Access to this resource is disabled."], nil, .repository, "disabled"),
    (404, [], nil, .repository, "not to be found"), (429, [], nil, .network, "too many requests"),
    (500, [], nil, .network, "500"), (302, [], nil, .network, "302"),
  ])
  func hasASentence(_ status: Int, _ lines: [String], _ token: String?, _ kind: HubError.Kind, _ words: String) throws {
    let error = try error(status, lines, token: token)
    #expect(error.kind == kind && error.description.contains(words), "\(error)")
  }

  @Test func onlyForeignHostsExpire() {
    var head = ResponseHead()
    if !head.add("HTTP/1.1 403 Forbidden") { Issue.record("no status line") }
    #expect(Refusal(head, isOfHub: false).isExpired && !Refusal(head, isOfHub: true).isExpired)
  }
}
