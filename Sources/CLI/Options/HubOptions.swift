import ArgumentParser
import Checkpoint
import Hub

/// Whether and how the Hub is asked.
struct HubOptions: ParsableArguments {
  @Flag(help: "Never ask the Hub: use what its local cache has.")
  var offline = false

  /// Makes sure that a model is here, where that is the name of one on the Hub: what the cache has is not asked for again.
  func bring(_ model: String) throws {
    guard let id = try? ModelFiles.hubID(model) else { return }
    let cached = try? ModelFiles.find(model)
    if cached?.isComplete == true { return }
    let environment = try HubEnvironment(program: ProgramVersion.userAgent)
    if offline || environment.isOffline { return }
    do {
      let display = DownloadDisplay(id, environment)
      defer { display.end() }
      _ = try ModelDownload(id, environment, reports: display.reports).run()
    } catch let error as HubError where error.kind == .network {
      guard cached?.isUsable == true else {
        // The name may be a misspelled folder's.
        let found = cached == nil ? "there is no such folder, and no such model" : "only a part of it is"
        throw HubError(.network, "\(model): \(found) in the local Hub cache; \(error.description)")
      }
      Output.notice("\(error.description); what the cache has of \(id) is used.")
    }
  }
}
