package import Engine
internal import GPT2
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// A model over HTTP: listens, loads the model, answers, and ends when it is told to.
package struct ModelServer: Sendable {
  private let core: ServerCore

  /// - Parameter log: Takes a line of the log; nobody waits for it.
  package init(_ options: ServerOptions, log: @escaping @Sendable (String) -> Void) {
    core = ServerCore(options: options, log: ServerLog(logsRequests: options.logsRequests, write: log))
    ProcessMetrics.begin()
  }

  /// Whether there is a model: what loads it may still be at work otherwise, whatever has ended.
  package var hasModel: Bool { core.lifecycle.loadedModel != nil }

  /// Takes no new work; what runs may end.
  package func stop() { core.lifecycle.stop() }

  /// Waits until the log is written, but not for long.
  package func flushLog() { core.log.flush() }

  /// Called with the time of each step of the engine.
  package var onStep: @Sendable (StepTime) -> Void { { [metrics = core.metrics] in metrics.count($0) } }

  /// Serves until it is told to stop.
  ///
  /// - Parameters:
  ///   - onListening: Called with the address once clients can connect, before the model is there.
  ///   - load: Loads the model.
  /// - Returns: Whether all that ran at the stop came to its end.
  /// - Throws: Errors of `load`, of the address, and of the device that computes.
  package func run(
    onListening: @escaping @Sendable (String) throws -> Void, load: @escaping @Sendable () async throws -> ServedModel
  ) async throws -> Bool {
    let (listening, listens) = AsyncStream<Int?>.makeStream()
    // Once: what a name stands for may change, and whom the server answers hangs on where it listens.
    let numbers = core.options.address.resolved()
    let responder = ServerResponder(
      routes: core.routes, access: Access(core.options, listeningOn: numbers), core: core)
    let logger = Logger(label: "gpt2-gpu") { _ in SwiftLogNoOpLogHandler() }
    let connections = AcceptedConnections(
      base: HTTP1Channel(
        responder: { try await responder.respond(to: $0, $1, on: $2) }, configuration: connectionConfiguration))
    let server = connections.server(
      configuration: configuration(listeningOn: numbers),
      onServerRunning: { channel in
        listens.yield(channel.localAddress?.port)
        listens.finish()
      }, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [server], logger: logger))
    return try await withThrowingTaskGroup(of: Bool?.self) { tasks in
      tasks.addTask {
        try await listen(group)
        return nil
      }
      tasks.addTask {
        for await port in listening {
          try onListening(core.options.address.url(of: port))
          for try await model in Self.loading(load) {
            if !core.lifecycle.becomeReady(model) { model.service.queue.close() }
            try await model.service.waitForEnd()
          }
        }
        return nil
      }
      tasks.addTask {
        let isWhole = await finish()
        await group.triggerGracefulShutdown()
        return isWhole
      }
      // All end then, whatever the first of them ended by.
      defer {
        core.lifecycle.stop()
        core.lifecycle.giveUp()
        core.lifecycle.loadedModel?.service.queue.close()
        tasks.cancelAll()
      }
      do {
        while let result = try await tasks.next() {
          if let isWhole = result { return isWhole }
        }
        return true
      } catch {
        await answerAll()
        throw error
      }
    }
  }

  /// Lets those whose texts end by an error hear of it: what ends next cuts their connections.
  private func answerAll() async {
    let lifecycle = core.lifecycle
    lifecycle.stop()
    lifecycle.loadedModel?.service.queue.close()
    let patience = giveUpLater()
    await lifecycle.waitForAnswers()
    patience.cancel()
  }

  /// Waits no longer for clients that may not even take an answer.
  private func giveUpLater() -> Task<Void, any Error> {
    Task {
      try await Task.sleep(for: .seconds(1))
      core.lifecycle.giveUp()
    }
  }

  /// Listens until the group is shut down.
  private func listen(_ group: ServiceGroup) async throws {
    let address = core.options.address
    if case .unixSocket(let path) = address, await isServed(path) {
      throw AddressError(address: address, problem: "another server listens there")
    }
    do {
      try await group.run()
    } catch {
      guard let problem = AddressError.problem(error) else { throw error }
      throw AddressError(address: address, problem: problem)
    }
  }

  /// Whether somebody listens at a path: a socket there is replaced otherwise.
  private func isServed(_ path: String) async -> Bool {
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    guard let channel = try? await bootstrap.connect(unixDomainSocketPath: path).get() else { return false }
    try? await channel.close()
    return true
  }

  /// The model, once it is there: who ends the iteration does not wait for it, since nothing stops a compiler.
  private static func loading(
    _ load: @escaping @Sendable () async throws -> ServedModel
  ) -> AsyncThrowingStream<ServedModel, any Error> {
    AsyncThrowingStream { model in
      Task {
        do {
          model.yield(try await load())
          model.finish()
        } catch {
          model.finish(throwing: error)
        }
      }
    }
  }

  /// Waits for the stop, and then for what runs.
  private func finish() async -> Bool {
    let lifecycle = core.lifecycle
    await lifecycle.waitForStop()
    let grace = core.options.limits.grace
    let patience = Task {
      try await Task.sleep(for: grace)
      lifecycle.endAll(Refusal.stopping)
      try await giveUpLater().value
    }
    await lifecycle.waitForAnswers()
    patience.cancel()
    return !lifecycle.wasCut
  }

  private func configuration(listeningOn numbers: String?) -> ServerConfiguration {
    ServerConfiguration(
      address: core.options.address.bindAddress(numbers),
      availableConnectionsDelegate: MaximumAvailableConnections(core.options.limits.accepted))
  }

  private var connectionConfiguration: HTTP1Channel.Configuration {
    let (limits, metrics) = (core.options.limits, core.metrics)
    return HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        ConnectionHandler(limits, metrics), UnreadableRequestHandler(headerLimit: limits.header, metrics),
      ],
      idleTimeout: TimeAmount(limits.idleTime),
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: limits.header, maxHeaderListSize: limits.header,
        maxHeaderFieldCount: ServerOptions.Limits.headerFields))
  }
}

extension ServerOptions.Address {
  fileprivate func bindAddress(_ numbers: String?) -> BindAddress {
    switch self {
    case .host(let host, let port): .hostname(numbers ?? host, port: port)
    case .unixSocket(let path): .unixDomainSocket(path: path)
    }
  }

  /// The address that clients use.
  fileprivate func url(of boundPort: Int?) -> String {
    switch self {
    case .host(let host, let port):
      "http://\(host.contains(":") ? "[\(host)]" : host):\(boundPort ?? port)"
    case .unixSocket(let path): "unix:\(path)"
    }
  }
}
