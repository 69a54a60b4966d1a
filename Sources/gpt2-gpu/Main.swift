import ArgumentParser
import Checkpoint
import GPT2

@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "gpt2-gpu")
  @Option var model: String?
  @Option var device: String?
  @Option var precision: String?
  @Option var kernels: String?
  @Option var tokens: String?
  @Option(name: .short) var n = 1
  @Option var maxNewTokens: Int?
  @Flag var greedy = false
  @Flag var logprobs = false
  @Option var seed: UInt64 = 0
  @Argument var prompt = "My dream is"
  func run() throws {
    let files = try model.map { try ModelFiles.locate($0) } ?? .demo
    let generator = try TextGenerator(files, device: device.map(DeviceSelection.init) ?? .automatic, precision: precision.flatMap(Precision.init), family: kernels.flatMap(KernelFamily.init))
    var o = GenerationOverrides(); o.samples = n; o.maxNewTokens = maxNewTokens; o.seed = seed
    if greedy { o.doSample = false; o.ignoresEndOfText = true }
    let g = try generator.generate(tokens.map { .tokens($0.split(separator: ",").map { Int32($0)! }) } ?? .text(prompt), generator.settings(o), wantsLogProbabilities: logprobs)
    defer { generator.keepCompiledKernels() }
    for t in g.texts { print(tokens == nil ? t.text : ""); if logprobs || tokens != nil { print(t.tokens); print(t.logProbabilities) } }
    print(generator.loadTime, g.prefillTime, g.decodeTime, g.texts.map(\.tokens.count).reduce(0, +))
  }
}
