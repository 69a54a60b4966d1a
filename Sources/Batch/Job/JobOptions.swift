public import GPT2

/// What a job is to do.
public struct JobOptions: Sendable {
  /// The path of the items; `-` is standard input.
  public var input: String
  /// The path of the results; `-` is standard output.
  public var output: String
  /// Whether each line is a prompt, rather than JSON.
  public var isText = false
  /// Whether results come in the order of the items.
  public var isOrdered = false
  /// Whether to continue results that are there.
  public var resumes = false
  /// Whether continuing tries those again that had an error.
  public var retriesErrors = false
  /// Which part of the items to take.
  public var shard = Shard.whole
  /// What holds for every item that does not say otherwise.
  public var defaults = GenerationOverrides()
  /// Whose defaults hold where nothing is said.
  public var preset: SettingsPreset?
  /// What becomes of prompts that are too long.
  public var overflow = PromptOverflow.error
  /// Whether the tokens' log-probabilities are wanted.
  public var wantsLogProbabilities = false

  /// A job from one path to another.
  public init(input: String, output: String) {
    self.input = input
    self.output = output
  }
}

/// Where a job computes: texts are the same only in the same place.
public struct JobPlace: Sendable {
  /// The program's version: another may sum in another order.
  public var program: String
  /// The device's name and driver.
  public var device: String
  /// How weights are stored.
  public var precision: String
  /// Which kernels were asked for.
  public var kernels: String
  /// What multiplies, where that makes a difference to the sums.
  public var dotUnit: String?

  /// A place.
  public init(program: String, device: String, precision: String, kernels: String, dotUnit: String? = nil) {
    self.program = program
    self.device = device
    self.precision = precision
    self.kernels = kernels
    self.dotUnit = dotUnit
  }
}
