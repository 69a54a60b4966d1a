internal import Backend
internal import Batch
internal import Checkpoint
internal import Engine
internal import JSON
internal import Synchronization
internal import System
import ArgumentParser
import GPT2

/// `gpt2-gpu serve`: a model over HTTP, by a program of its own.
struct Serve: MessagingCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a model over HTTP, to OpenAI's clients and others, with a page.",
    discussion: """
      POST /v1/completions as OpenAI has it, with any option of Writing by its name in snake_case; POST /generate and \
      /generate_stream as text-generation-inference has them; /tokenize, /detokenize, /v1/models, /health, /metrics for \
      Prometheus, /openapi.json, and a page at /. The seed of a request names its texts: those of 'gpt2-gpu generate' \
      with the same seed and options, whatever is written beside them.

      The options of Writing hold for requests that do not say them. Where --preset is not given, OpenAI's defaults \
      come next (16 tokens, temperature 1, no top-k, no prompt in the answer), and not those that Writing names. As \
      OpenAI does, it refuses a request for more tokens than the model's context has room for.

      Prints the address once clients can connect. The first signal to end refuses new work and finishes what runs, and \
      the exit code is 0 where that was done within --grace; the second ends at once. Only this machine can connect, \
      unless --host says otherwise: give keys then, and put a proxy that has TLS before it. A server computes on one \
      device: start one for each.

      Examples:
        gpt2-gpu serve
        gpt2-gpu serve --model ORG/NAME --preset card --api-key-file keys.txt \\
          --host 0.0.0.0
        curl http://127.0.0.1:8000/v1/completions -d '{"prompt": "My dream is"}'
      """)

  @OptionGroup(title: "Address and clients") var address: ServeAddressOptions
  @OptionGroup(title: "Model and device") var model: ModelOptions
  @OptionGroup(title: "Model and device") var device: DeviceOptions
  @OptionGroup(title: "Writing") var sampling: SamplingOptions
  @OptionGroup(title: "Speed") var speculation: SpeculationOptions
  @OptionGroup(title: "Limits") var limits: ServeLimitOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Output") var messages: MessageOptions

  /// What serves, in the program that can.
  static let implementation = Mutex<(@Sendable (ServeRequest) throws -> Bool)?>(nil)

  func run() throws {
    guard let serve = Self.implementation.withLock({ $0 }) else { throw Self.goOnAsServer() }
    let interruption = Interruption()
    Signals.divert { interruption.raise($0) }
    OpenFiles.raiseLimit()
    // A name that can be no model's is told before clients connect.
    if let name = EnvironmentDefault.model.value(unless: model.model) { _ = try ModelFiles.hubID(name) }
    let (format, command) = (format.format, self)
    let request = ServeRequest(
      host: address.bareHost, port: address.port, socket: address.unixSocket, keys: try address.keys(),
      corsOrigins: address.corsOrigin, allowedHosts: address.allowedHost, servesPage: !address.noWeb,
      logsRequests: address.logRequests, version: ProgramVersion.current, limits: limits.limits,
      interruption: interruption, log: { Output.message($0) },
      onListening: { url in
        let report: JSON = ["url": .string(url), "pid": .integer(Int(getpid()))]
        try Output.results.print((format == .json ? report.text : url) + "\n")
      }, load: { try await command.load(onStep: $0) })
    if try !serve(request), let signal = interruption.signal { throw JobInterrupted(signal: signal) }
  }

  /// Goes on as the program that can serve, which lies beside this one; returns why it cannot.
  private static func goOnAsServer() -> UsageError {
    let name = "gpt2-gpu-server"
    guard let path = ProgramFile.beside(named: name), access(path, X_OK) == 0 else {
      return UsageError(
        "The server is a program of its own, \(name), and is not beside this one: build it with 'make serve'.")
    }
    let error = ProgramFile.replaceProcess(by: path, Array(CommandLine.arguments.dropFirst()))
    return UsageError("\(path) cannot be started: \(error).")
  }

  /// Loads the model.
  private func load(onStep: @escaping @Sendable (StepTime) -> Void) async throws -> ServeRequest.Model {
    let files = try model.files()
    let pretrained = try PretrainedModel(files, whileDriversLoadFor: device.selection)
    let device = try device.single(for: "serve")
    let overrides = try sampling.overrides(pretrained)
    let settings = try pretrained.settings(overrides, preset: sampling.preset)
    for notice in sampling.notices(overrides) + settings.notices { Output.notice(notice) }
    self.device.notice(device)
    let guesses = try speculation.speculation(on: [device], model.hub)
    let options = self.device
    let service = try await GenerationService(
      pretrained, batchSize: limits.batchSize?.value, queue: RequestQueue(capacity: limits.maxQueue.value),
      onStep: onStep
    ) {
      let loaded = try options.load(pretrained, onto: device)
      try loaded.speculate(by: guesses)
      return loaded
    }
    let (precision, family) = (options.precision.value, options.kernels.value)
    let unit = device.decisiveDotUnit(for: pretrained.configuration, precision: precision, family: family)?.name
    let stored = device.stored(precision).rawValue
    var fingerprint = FNV1a64()
    let facts = [
      ProgramVersion.current, pretrained.fingerprint, device.description, stored, family?.rawValue ?? "auto",
      unit ?? "",
    ]
    for fact in facts { fingerprint.combine(Array(fact.utf8) + [0]) }
    return ServeRequest.Model(
      service: service, files: files,
      names: address.servedModelName.isEmpty ? [model.shortName(of: pretrained)] : address.servedModelName,
      overrides: overrides, preset: sampling.preset, revision: pretrained.revision.string, device: device.description,
      precision: stored, fingerprint: "fp_" + fingerprint.text, created: Int(ProcessUsage.secondsSince1970))
  }
}
