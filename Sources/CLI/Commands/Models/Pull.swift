internal import System
import ArgumentParser
import Checkpoint
import Hub
import JSON

/// `gpt2-gpu pull`: models of the Hub.
struct Pull: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Download models from the Hub into its local cache.",
    usage: "gpt2-gpu pull [<options>] <org/name> ...",
    discussion: """
      Brings what a GPT-2 model needs (configuration, tokenizer, one kind of weights, card), and prints the folder that \
      it lies in. A revision, which is a branch, tag or commit, stands behind an @. What is there is not fetched \
      again; what an interrupt or a broken connection leaves is gone on from, and every file's hash is compared. A \
      model that is not to be had does not keep the others back. The cache is huggingface_hub's own, and either finds \
      what the other has downloaded.

      By libcurl, whose variables for proxies hold (HTTPS_PROXY, NO_PROXY), and by those of huggingface_hub: HF_TOKEN, or \
      the file of 'hf auth login', for private and gated models; HF_HUB_CACHE or HF_HOME for the cache's place; \
      HF_ENDPOINT for another Hub, HF_HUB_DOWNLOAD_TIMEOUT, HF_HUB_OFFLINE; SSL_CERT_FILE for certificates.

      Examples:
        gpt2-gpu pull openai-community/gpt2
        gpt2-gpu pull ORG/NAME@v1.0 --format json
        gpt2-gpu pull ORG/NAME --file '*.md' --file 'runs/*'
      """)

  @Argument(help: ArgumentHelp("Models of the Hub.", valueName: "org/name"))
  var models: [String]

  @Option(help: ArgumentHelp("Bring other files besides, by a pattern as in a shell.", valueName: "pattern"))
  var file: [String] = []

  @Flag(help: "Bring every file of the repository.")
  var all = false

  @Flag(help: "Hash what is there, too, and fetch again what is damaged.")
  var verify = false

  @Flag(help: "Fetch again what is there.")
  var force = false

  @Flag(help: "List the files, and bring none.")
  var dryRun = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Files that come at the same time.", valueName: "count"))
  var parallel = Count(4)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How often in a row a request may fail and be tried again.", valueName: "count"))
  var retries = Count(5)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Give up a connection on which nothing came for so long (default: $HF_HUB_DOWNLOAD_TIMEOUT, else 10).",
      valueName: "seconds"))
  var timeout: Double?

  @Option(help: ArgumentHelp("Read the token from a file.", valueName: "file"))
  var tokenFile: String?

  @OptionGroup var hub: HubOptions

  @Flag(help: "Show progress where standard error is no terminal, too.")
  var progress = false

  @OptionGroup var format: FormatOptions
  @OptionGroup var messages: MessageOptions

  func validate() throws {
    for model in models where HubModelID(model) == nil {
      let advice = ModelAddress(model).map { " " + $0.adviceSentence } ?? ""
      throw ValidationError("'\(model)' is no Hub id, which is ORG/NAME or ORG/NAME@REVISION." + advice)
    }
    if hub.offline && (verify || force || all || dryRun || !file.isEmpty) {
      throw ValidationError(
        "--offline shows what the cache has; --verify, --force, --all, --file and --dry-run ask the Hub.")
    }
    if !(1...16).contains(parallel.value) { throw ValidationError("--parallel must be 1 to 16.") }
    if !(0...100).contains(retries.value) { throw ValidationError("--retries must be 0 to 100.") }
    if let timeout, !(0.1...3600).contains(timeout) { throw ValidationError("--timeout must be 0.1 to 3600 seconds.") }
  }

  func run() throws {
    var environment = try HubEnvironment(program: ProgramVersion.userAgent, tokenFile: tokenFile)
    if let timeout { environment.patience = timeout }
    // Before other threads start: they must not take the signals.
    Signals.divert { _ in
      StatusLine.show("")
      Output.notice("Interrupted: what has come is kept, and the same command goes on from there.")
      return false
    }
    let ids = models.compactMap { HubModelID($0) }
    var failed = 0
    for (number, id) in ids.enumerated() {
      do {
        try pull(id, environment)
      } catch  where ids.count > 1 && Self.isOfModel(error) {
        Output.error("\(error)")
        failed += 1
      } catch {
        let rest = ids[(number + 1)...].map(\.description).joined(separator: ", ")
        if !rest.isEmpty { Output.notice("Not tried: \(rest).") }
        throw error
      }
    }
    if failed > 0 { throw HubError(.repository, "\(failed) of the \(ids.count) models could not be brought.") }
  }

  /// Whether another model may well be had, all the same.
  private static func isOfModel(_ error: any Error) -> Bool {
    error is CheckpointError || (error as? HubError)?.kind == .repository
  }

  /// Brings a model, and prints where it lies.
  private func pull(_ id: HubModelID, _ environment: HubEnvironment) throws {
    if hub.offline || environment.isOffline { return try printCached(id, environment) }
    let start = ContinuousClock.now
    let display = DownloadDisplay(id, environment, isWanted: progress)
    defer { display.end() }
    let model = try ModelDownload(id, environment, options, reports: display.reports).run()
    display.end()
    let report = PullReport(model: model, onlyLists: dryRun, time: .now - start)
    try Output.results.print(format.format == .json ? report.json.text + "\n" : report.text)
  }

  private var options: ModelDownload.Options {
    var options = ModelDownload.Options()
    options.patterns = all ? ["*"] : file
    options.isForced = force
    options.verifies = verify
    options.onlyLists = dryRun
    options.connections = parallel.value
    options.retries = retries.value
    return options
  }

  /// Without the Hub: what the cache has.
  private func printCached(_ id: HubModelID, _ environment: HubEnvironment) throws {
    let files = try environment.cache.repository(id.name).files(of: id.revision)
    guard files.isUsable else {
      throw CheckpointError(files.name, "is not whole, and the Hub is not asked (--offline or HF_HUB_OFFLINE)")
    }
    switch format.format {
    case .text: try Output.results.print(files.name + "\n")
    case .json:
      let json: JSON = [
        "model": .string(id.name), "revision": .string(id.revision),
        "commit": HubCache.Repository.commit(ofSnapshot: files.name).map { .string($0) } ?? .null,
        "path": .string(files.name), "files": .null, "fetched_bytes": .integer(0), "seconds": .integer(0),
      ]
      try Output.results.print(json.text + "\n")
    }
  }
}
