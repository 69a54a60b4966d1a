internal import Backend
internal import Sampling
import ArgumentParser
import Batch
import Benchmarking
import Checkpoint
import Diagnosis
import GPT2
import Hub
import OpenCL
import Tokenizer

internal import System

/// How the program ends after an error: the one place that maps errors to exit codes.
struct Termination {
  /// The exit code where a model's file is cut short while it is read, which comes as a signal rather than as an error.
  static let cutFile: Int32 = 4

  private let exitCode: Int32
  /// The message for standard error; nil where nobody is left to read it.
  private let message: String?

  /// The termination for a command's error.
  init(after error: any Error) {
    func sentence(_ code: Int32) -> Termination { Termination(exitCode: code, message: "\(error)") }
    self =
      switch error {
      case let error as WriteError where error.isClosedPipe: Termination(exitCode: 128 + SIGPIPE, message: nil)
      case let error as WriteError: sentence(error.isOutOfSpace ? 6 : 1)
      case let error as JobInterrupted: Termination(exitCode: Signals.status(of: error.signal), message: nil)
      case let error as CommandEnd: sentence(error.exitCode)
      case let error as SettingsError:
        Termination(exitCode: error.isOfModel ? 4 : 2, message: error.sentence(.flags))
      case is UsageError, is JobError, is SweepError, is TuningError: sentence(2)
      case is ItemsFailed, is IncompleteResults, is LostResults: sentence(3)
      case is CheckpointError, is TokenizerError, is WeightError: sentence(4)
      case let error as SamplingError: sentence(error == .notFinite ? 4 : 2)
      case let error as OpenCLError where error.fullFolder != nil: sentence(6)
      case let error as HubError: sentence(Self.exitCode(of: error.kind))
      case is DeviceError, is OpenCLError, is FaultyDevices: sentence(5)
      case _ where RootCommand.exitCode(for: error) == .validationFailure:
        Termination(
          exitCode: 2,
          message: UsageAdvice(for: error, of: RootCommand.self, arguments: Array(CommandLine.arguments.dropFirst()))
            .text)
      default: Termination(exitCode: 1, message: "internal error: \(error)")
      }
  }

  private static func exitCode(of kind: HubError.Kind) -> Int32 {
    switch kind {
    case .usage: 2
    case .repository: 4
    case .space: 6
    case .network: 7
    case .file: 1
    }
  }

  private init(exitCode: Int32, message: String?) {
    self.exitCode = exitCode
    self.message = message
  }

  /// Ends the program.
  func end() -> Never {
    if let message { Output.error(message) }
    exit(exitCode)
  }
}
