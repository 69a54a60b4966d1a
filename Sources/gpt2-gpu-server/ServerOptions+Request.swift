internal import CLI
internal import Completions
internal import GPT2
internal import Server
internal import System

extension ServerOptions {
  /// The options of a command line.
  init(_ request: ServeRequest) {
    self.init()
    address = request.socket.map(Address.unixSocket) ?? .host(request.host, port: request.port)
    (keys, corsOrigins, allowedHosts) = (request.keys, request.corsOrigins, request.allowedHosts)
    (servesPage, logsRequests, version) = (request.servesPage, request.logsRequests, request.version)
    completionLimits.maximumSamples = request.limits.samples
    completionLimits.maximumPrompts = request.limits.prompts
    limits.body = request.limits.body
    limits.header = request.limits.header
    limits.connections = request.limits.connections
    if let files = OpenFiles.limit {
      limits.fit(openFiles: files)
      if limits.connections < request.limits.connections {
        request.log(
          "gpt2-gpu: This process may have \(files) files open (ulimit -n), so it takes \(limits.connections) "
            + "connections, not \(request.limits.connections).")
      }
    }
    limits.headerTime = .seconds(request.limits.headerTime)
    limits.bodyTime = .seconds(request.limits.bodyTime)
    limits.writeTime = .seconds(request.limits.writeTime)
    limits.idleTime = .seconds(request.limits.idleTime)
    limits.queueTime = .seconds(request.limits.queueTime)
    limits.requestTime = .seconds(request.limits.requestTime)
    limits.grace = .seconds(request.limits.grace)
  }
}

extension ServedModel {
  /// - Throws: `SettingsError`.
  init(_ model: ServeRequest.Model, _ request: ServeRequest) throws {
    let widget = try WidgetConfiguration(
      name: model.names[0], files: model.files, model: model.service.pretrained, overrides: model.overrides,
      preset: model.preset, maximumSamples: request.limits.samples)
    if let notice = widget.notice { request.log("gpt2-gpu: \(notice)") }
    self.init(
      model.service, names: model.names,
      defaults: CompletionDefaults(overrides: model.overrides, preset: model.preset), widget: widget.json,
      revision: model.revision, device: model.device, precision: model.precision, fingerprint: model.fingerprint,
      created: model.created)
  }
}
