internal import CLI
internal import Dispatch
internal import Server
internal import Synchronization
internal import System

/// The program that `gpt2-gpu serve` goes on as.
@main
enum ServerProgram {
  static func main() { RootCommand.main(serve: serve) }

  private static func serve(_ request: ServeRequest) throws -> Bool {
    let server = ModelServer(ServerOptions(request), log: request.log)
    request.interruption.onRaise { server.stop() }
    let result = Result<Bool, any Error> {
      try waiting {
        try await server.run(onListening: request.onListening) {
          try ServedModel(await request.load(server.onStep), request)
        }
      }
    }
    server.flushLog()
    if case .success = result, !server.hasModel { request.endWhileLoading() }
    do {
      return try result.get()
    } catch let error as AddressError {
      throw UsageError(error.description)
    }
  }

  /// Waits, on this thread, for what others do.
  private static func waiting<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let (result, end) = (Outcome<Value>(), DispatchSemaphore(value: 0))
    Task {
      do {
        let value = try await body()
        result.value.withLock { $0 = .success(value) }
      } catch {
        result.value.withLock { $0 = .failure(error) }
      }
      end.signal()
    }
    end.wait()
    return try result.value.withLock { $0 ?? .failure(CancellationError()) }.get()
  }

  private final class Outcome<Value: Sendable>: Sendable {
    let value = Mutex<Result<Value, any Error>?>(nil)
  }
}
