internal import OpenCL
internal import Synchronization
internal import System
package import ArgumentParser
import GPT2

/// The program.
package struct RootCommand: ParsableCommand {
  package init() {}

  package static let configuration = CommandConfiguration(
    commandName: "gpt2-gpu",
    abstract: "Writes text with GPT-2 models, on any OpenCL device or on the CPU.",
    discussion: """
      Results go to standard output, all else to standard error. Without --model, texts are the demo model's, a toy of \
      3.7 million parameters inside the program, which knows nothing but Shakespeare.

      Examples:
        gpt2-gpu generate "My dream is" -n 5
        gpt2-gpu generate --model ./rabbitsnap "My dream is" -n 5
        gpt2-gpu generate --model ORG/NAME "My dream is"
        gpt2-gpu batch --in prompts.jsonl --out texts.jsonl
        gpt2-gpu serve
        gpt2-gpu devices

      Environment: GPT2_GPU_MODEL and GPT2_GPU_DEVICE are the defaults of --model and --device. GPT2_GPU_CACHE is where \
      compiled kernels are kept (default: ~/.cache/gpt2-gpu); 'gpt2-gpu cache' lists them and empties it. HF_HUB_CACHE \
      and HF_HOME say where the Hub's local cache is, HF_TOKEN who asks the Hub, HF_HUB_OFFLINE=1 that nothing is \
      downloaded; 'gpt2-gpu pull --help' has more.

      Exit codes:
        0         done
        1         internal error
        2         usage
        3         some of the work failed
        4         the model cannot be used
        5         the device cannot be used
        6         out of space
        7         the Hub or the network cannot be reached
        75        the time is up (--max-seconds), and there is more to do
        130, 143  ended by a signal
      """,
    version: ProgramVersion.current,
    subcommands: [
      Generate.self, BatchCommand.self, Score.self, Bench.self, Devices.self, Doctor.self,
      Tune.self, Tokenize.self, Inspect.self, Models.self, Pull.self, Cache.self, Serve.self,
    ])

  /// Runs the program. Errors become messages and exit codes here, not in ArgumentParser, whose codes are others.
  ///
  /// - Parameter serve: Serves a model over HTTP, in the program that can; returns whether all that ran came to its end.
  package static func main(serve: (@Sendable (ServeRequest) throws -> Bool)? = nil) {
    Serve.implementation.withLock { $0 = serve }
    Signals.install(cutFileStatus: Termination.cutFile)
    do {
      try requireUTF8()
      do {
        var arguments = Array(CommandLine.arguments.dropFirst())
        // The program that serves does nothing else.
        if serve != nil, arguments.first != "serve" { arguments.insert("serve", at: 0) }
        try UsageAdvice.requireCommand(arguments, of: Self.self)
        arguments = ArgumentAliases.resolved(arguments)
        var command = try BatchResults.arguments(of: arguments).map(BatchResults.parseAsRoot) ?? parseAsRoot(arguments)
        if let command = command as? any MessagingCommand { MessageLevel.current = command.messages.level }
        let start = ContinuousClock.now
        CompilingNotice.enable()
        try command.run()
        let (time, compiling) = ((ContinuousClock.now - start) / .seconds(1), Compilation.time / .seconds(1))
        Output.detail("Done after \(time.fixed(2)) s, \(compiling.fixed(2)) of them for compiling kernels.")
      } catch  where exitCode(for: error).isSuccess {
        // Help, the version and completion scripts come as errors, but are results.
        try Output.results.print(fullMessage(for: error) + "\n")
      }
    } catch {
      Termination(after: error).end()
    }
  }

  /// Refuses arguments that Swift would repair, and so change, in silence.
  private static func requireUTF8() throws(UsageError) {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      if let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil {
        throw UsageError("Argument \(index) is not UTF-8.")
      }
    }
  }
}
