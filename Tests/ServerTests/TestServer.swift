import Engine
import JSON
import Synchronization
import TestSupport

@testable import Completions
@testable import GPT2
@testable import Server

/// A server on a free port, with the mock model: whose steps may be made to wait.
final class TestServer: Sendable {
  let server: ModelServer
  let port: Int
  let model: ServedModel
  private let run: Task<Bool, any Error>

  /// - Parameters:
  ///   - batchSize: Texts that are written together.
  ///   - queue: Prompts that may wait.
  ///   - brokenStep: The step at which the device fails.
  ///   - onStep: Called when a step begins.
  init(
    batchSize: Int = 4, queue: Int = 64, brokenStep: Int? = nil, _ change: (inout ServerOptions) -> Void = { _ in },
    onStep: (@Sendable (Int) -> Void)? = nil, log: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    var options = ServerOptions()
    options.address = .host("127.0.0.1", port: 0)
    options.version = "test"
    change(&options)
    let server = ModelServer(options, log: log)
    let (addresses, address) = AsyncStream<String>.makeStream()
    let (models, found) = AsyncStream<ServedModel>.makeStream()
    run = Task {
      try await server.run(onListening: { address.yield($0) }) {
        let model = try await Self.model(
          batchSize: batchSize, queue: queue, brokenStep: brokenStep, onStep: onStep, server.onStep)
        found.yield(model)
        return model
      }
    }
    self.server = server
    var port = 0
    for await url in addresses {
      port = url.split(separator: ":").last.flatMap { Int($0) } ?? 0
      break
    }
    self.port = port
    var model: ServedModel?
    for await found in models {
      model = found
      break
    }
    guard let model else { throw Client.Closed() }
    self.model = model
    // The model is there a moment before the server knows.
    while !server.hasModel { await Task.yield() }
  }

  private static let pretrained = Result {
    try PretrainedModel(TinyCheckpoint(seed: 1) { $0.contextLength = 2500 }.files)
  }

  static func model(
    batchSize: Int = 1, queue: Int = 1, brokenStep: Int? = nil, onStep: (@Sendable (Int) -> Void)? = nil,
    _ count: @escaping @Sendable (StepTime) -> Void = { _ in }
  ) async throws -> ServedModel {
    let pretrained = try pretrained.get()
    let service = try await GenerationService(
      pretrained, batchSize: batchSize, queue: RequestQueue(capacity: queue), onStep: count
    ) {
      let backend = MockBackend()
      backend.onStep = onStep
      backend.brokenStep = brokenStep
      return LoadedModel(
        pretrained, engine: Engine(try GPT2Model(pretrained.checkpoint, on: backend)), device: .cpu, precision: .fp32)
    }
    return ServedModel(
      service, names: ["tiny", "org/tiny"], defaults: CompletionDefaults(), revision: nil, device: "mock",
      precision: "fp32", fingerprint: "fp_test", created: 1)
  }

  /// One request on a connection of its own.
  func ask(
    _ method: String, _ path: String, _ headers: [String: String] = [:], body: String? = nil
  ) async throws -> Client.Answer {
    let client = try Client(port: port)
    client.send(method, path, headers, body: body)
    return try await client.answer(hasBody: method != "HEAD")
  }

  func complete(_ body: String) async throws -> Client.Answer { try await ask("POST", "/v1/completions", body: body) }

  /// Stops the server; returns whether all that ran came to its end.
  func stop() async throws -> Bool {
    server.stop()
    return try await run.value
  }

  /// A number of the metrics.
  func metric(_ name: String) async throws -> Double? { try await metrics(name).first }

  /// The sum of the metrics whose lines begin so.
  func total(_ name: String) async throws -> Double { try await metrics(name).reduce(0, +) }

  private func metrics(_ name: String) async throws -> [Double] {
    try await ask("GET", "/metrics").body.split(separator: "\n").filter { $0.hasPrefix(name) }
      .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
  }

  /// Waits until a number of the metrics is as it should be.
  func wait(for name: String, _ value: Double) async throws {
    while try await metric(name) != value { await Task.yield() }
  }
}

/// A gate that steps of the model wait at.
final class Gate: Sendable {
  private let monitor = Monitor(false)

  func open() { monitor.withLock { $0 = true } }
  func pass() { _ = monitor.wait { $0 ? true : nil } as Bool? }
}
