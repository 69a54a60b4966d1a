/// An answer other than what was asked for, in words: by the Hub's `X-Error-Code`, and by the status where there is none.
struct Refusal {
  let status: Int
  /// The Hub's kind of error.
  let code: String
  /// The Hub's own words.
  let message: String
  /// Whether the Hub itself gave it, rather than where it redirects to.
  let isOfHub: Bool

  init(_ head: ResponseHead, isOfHub: Bool) {
    status = head.status
    code = head["x-error-code"] ?? ""
    message = head["x-error-message"] ?? ""
    self.isOfHub = isOfHub
  }

  /// Whether the same request may be answered later.
  var isTemporary: Bool { [408, 429, 500, 502, 503, 504].contains(status) }

  /// Whether a signed address has expired, so that the Hub must be asked for another.
  var isExpired: Bool { !isOfHub && [400, 401, 403, 404, 410].contains(status) }

  /// The error for a person.
  ///
  /// - Parameters:
  ///   - subject: The repository, or a file of it.
  func error(_ subject: String, of repository: String, revision: String, _ environment: HubEnvironment) -> HubError {
    let page = "\(environment.endpoint)/\(repository)"
    let hasToken = environment.token != nil
    let advice =
      environment.expectsExchange
      ? "give a token by HF_TOKEN, since that of HF_OIDC_RESOURCE is not asked for here"
      : "give a token by HF_TOKEN or 'hf auth login'"
    let words = message.isEmpty ? "" : " (\(message.prefix(200)))"
    switch (status, code) {
    case (_, "GatedRepo"):
      return HubError(
        .repository,
        hasToken
          ? "\(repository) is gated, and this token has no access to it: ask for access at \(page)"
          : "\(repository) is gated: ask for access at \(page), and \(advice)")
    case (_, "RevisionNotFound"):
      return HubError(.repository, "\(repository) has no revision '\(revision)' on the Hub: see \(page)/tree/main")
    case (_, "EntryNotFound"): return HubError(.repository, "\(subject) is not on the Hub: see \(page)/tree/main")
    case (401, "") where message.contains("Invalid credentials"):
      return HubError(
        .repository,
        "the Hub refuses the token, for public models too: unset HF_TOKEN, or get a new one by 'hf auth login'\(words)")
    case (401, _), (404, "RepoNotFound"):
      return HubError(
        .repository,
        "there is no model \(repository) at \(environment.endpoint)"
          + (hasToken
            ? ", or this token may not see it" : ", or it is private: then \(advice)")
          + words)
    case (403, _): return HubError(.repository, "\(subject) may not be read, says \(page)\(words)")
    case (404, _): return HubError(.repository, "\(subject) is not to be found at \(environment.endpoint)\(words)")
    case (429, _): return HubError(.network, "the Hub has had too many requests from here: try again later\(words)")
    default: return HubError(.network, "\(subject): the Hub answers with status \(status)\(words); try again later")
    }
  }
}
