package import Checkpoint
package import Engine
package import GPT2
package import System

/// What `serve` was asked for, for the program that can do it.
package struct ServeRequest: Sendable {
  package var host: String
  package var port: Int
  /// The path of a socket, in place of host and port.
  package var socket: String?
  package var keys: [String]
  package var corsOrigins: [String]
  package var allowedHosts: [String]
  package var servesPage: Bool
  package var logsRequests: Bool
  package var version: String
  package var limits: Limits
  /// Tells of the signal that asks for the end.
  package var interruption: Interruption
  /// Takes lines of the log.
  package var log: @Sendable (String) -> Void
  /// Called with the address once clients can connect.
  package var onListening: @Sendable (String) throws -> Void
  /// Loads the model; gives the time of each of its steps to the parameter.
  package var load: @Sendable (@escaping @Sendable (StepTime) -> Void) async throws -> Model

  /// How much is taken, and for how many seconds is waited.
  package struct Limits: Sendable {
    package var samples: Int
    package var prompts: Int
    package var body: Int
    package var header: Int
    package var connections: Int
    package var headerTime: Double
    package var bodyTime: Double
    package var writeTime: Double
    package var idleTime: Double
    package var queueTime: Double
    package var requestTime: Double
    package var grace: Double
  }

  /// A model that was loaded.
  package struct Model: Sendable {
    package var service: GenerationService
    package var files: ModelFiles
    package var names: [String]
    package var overrides: GenerationOverrides
    package var preset: SettingsPreset?
    package var revision: String?
    package var device: String
    package var precision: String
    package var fingerprint: String
    package var created: Int
  }

  /// Ends the program before the model is there: what loads it cannot be stopped.
  package func endWhileLoading() -> Never { ProgramFile.endAtOnce(0) }
}
