internal import Checkpoint
internal import System
internal import GPT2
internal import JSON

/// Everything that a job's texts depend on, kept beside its results: `--resume` continues the same job only.
struct JobManifest {
  /// By name, in the order in which differences are told.
  var members: [JSON.Member]
  /// The input's name and beginning.
  var input: JSON

  private static let form = "gpt2-gpu batch job 1"
  /// Members that earlier manifests of this form lack: they are continued all the same.
  private static let laterNames: Set<String> = [dotUnit, ignoreUnknown]
  static let dotUnit = "dot_unit"
  private static let ignoreUnknown = "ignore_unknown"
  static let lineMarks = "line_marks"

  /// Where the manifest of a file of results is.
  static func path(besides results: String) -> String { results + ".job.json" }

  /// Reads the manifest of a file of results.
  init(besides results: String) throws(JobError) {
    let path = Self.path(besides: results)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw JobError(
        "\(results) holds results, but \(path), which says how they were written, cannot be read: "
          + "\(SystemError(code: errno)). Without it the job cannot be continued: start again with another --out.")
    }
    defer { close(descriptor) }
    var reader = LineReader(descriptor: descriptor, maximumByteCount: 1 << 24)
    do throws(SystemError) {
      guard case .bytes(let line)? = try reader.next(), let json = try? JSON(parsing: Array(line)),
        json["form"]?.string == Self.form, let input = json["input"], let members = json["job"]?.members
      else { throw SystemError(code: EINVAL) }
      (self.input, self.members) = (input, members.map(Self.withPresentName))
    } catch {
      throw JobError(
        "\(path), which says how \(results) was written, "
          + (error.code == EINVAL ? "is empty, damaged or something else" : "cannot be read: \(error)")
          + ". Without it the job cannot be continued: start again with another --out.")
    }
  }

  /// Earlier names of the families of kernels.
  private static let earlierFamilies = ["panel": "simd", "workgroup": "simt"]

  private static func withPresentName(_ member: JSON.Member) -> JSON.Member {
    guard member.key == "kernels", let family = member.value.string.flatMap({ earlierFamilies[$0] }) else {
      return member
    }
    return JSON.Member(member.key, .string(family))
  }

  /// Describes a job.
  init(
    _ options: JobOptions, _ settings: GenerationSettings, _ model: PretrainedModel, environment: ComputeEnvironment,
    input: JobInput
  ) {
    members = [
      JSON.Member("model", .string(model.fingerprint)),
      JSON.Member("program", .string(environment.program)),
      JSON.Member("device", .string(environment.device)),
      JSON.Member("precision", .string(environment.precision)),
      JSON.Member("kernels", .string(environment.kernels)),
      JSON.Member("shard", .string(options.shard.description)),
      JSON.Member("text", .boolean(options.isText)),
      JSON.Member("ordered", .boolean(options.isOrdered)),
      JSON.Member("logprobs", .boolean(options.wantsLogProbabilities)),
      JSON.Member("overflow", .string(options.overflow.rawValue)),
      JSON.Member("preset", .string(settings.preset.rawValue)),
    ]
    if let unit = environment.dotUnit { members.append(JSON.Member(Self.dotUnit, .string(unit))) }
    if options.ignoresUnknown { members.append(JSON.Member(Self.ignoreUnknown, .boolean(true))) }
    // All but the two names of one limit is always there: a job of other names is another job.
    members += settings.table.map { JSON.Member($0.setting.rawValue, $0.value) }
    self.input = .null
    if let file = input.file, let prefix = input.prefix() {
      self.input = [
        "path": .string(file.path), "bytes": .integer(file.byteCount), "prefix_bytes": .integer(prefix.byteCount),
        "prefix_hash": .string(prefix.hash),
        Self.lineMarks: .array(input.lineMarks(within: prefix.byteCount).map { .integer(Int($0)) }),
      ]
    }
  }

  /// The seed of the job.
  var seed: UInt64? {
    let seed = members.last { $0.key == "seed" }?.value
    return seed?.integer.flatMap { UInt64(exactly: $0) } ?? seed?.string.flatMap { UInt64($0) }
  }

  /// Whether each line of the input is an item, a blank one too.
  var isText: Bool { members.last { $0.key == "text" }?.value.boolean == true }

  /// Writes the manifest beside results: whoever looks sees all of it or none. Before it the marks of their lines, without
  /// which less is noticed, and nothing is lost.
  ///
  /// - Parameter marks: Gives the marks of the results that there are.
  func write(
    besides results: String, marks: (_ write: (LineMark) throws -> Void) throws -> Void = { _ in }
  ) throws {
    try Self.replace(Self.marksPath(besides: results)) { file in
      var block: [UInt8] = []
      try marks { mark in
        block += mark.line
        guard block.count >= 1 << 16 else { return }
        try file.append(block)
        block.removeAll(keepingCapacity: true)
      }
      try file.append(block)
    }
    let json: JSON = ["form": .string(Self.form), "job": .object(members), "input": input]
    try Self.replace(Self.path(besides: results)) { try $0.append(Array(json.text.utf8) + [UInt8(ascii: "\n")]) }
  }

  /// Puts a file in the place of another, if any, once it is whole.
  private static func replace(_ path: String, writing body: (inout ResultFile) throws -> Void) throws {
    unlink(path + ".new")
    var file = try ResultFile(path + ".new", continues: false)
    defer { file.closeFile() }
    try body(&file)
    try file.synchronize()
    guard rename(path + ".new", path) == 0 else {
      let code = errno
      unlink(path + ".new")
      guard code == EISDIR else { throw WriteError(name: path, code: code) }
      throw JobError("\(path), which is to describe the job, is a folder: move it away, or choose another --out.")
    }
    ResultFile.synchronizeFolder(of: path)
  }
}

extension JobManifest {
  /// Refuses to continue this job, whose results are there, with other options.
  func requireSame(as job: JobManifest, results: String) throws(JobError) {
    for name in (members + job.members).map(\.key) {
      let before = members.last { $0.key == name }?.value.text
      let now = job.members.last { $0.key == name }?.value.text
      guard before != now, before != nil || !Self.laterNames.contains(name) else { continue }
      let difference =
        switch (name, before, now) {
        case ("model", _, _): "another model"
        case (_, let before?, let now?): "\(name) \(before), not \(now)"
        case (_, let before?, nil): "\(name) \(before)"
        case (_, nil, _): "no \(name)"
        }
      throw JobError(
        "\(results) was written with \(difference): --resume continues a job as it was begun. "
          + "Give the same options, or start again with another --out.")
    }
  }

  /// Refuses another input.
  ///
  /// - Parameter advice: What to do where it is one, as the end of a sentence, and more.
  func requireSameBeginning(_ input: JobInput, results: String, advice: String) throws(JobError) {
    if !hasBeginning(of: input) { throw otherInput(input, results: results, advice: advice) }
  }

  /// The refusal of another input.
  func otherInput(_ input: JobInput, results: String, advice: String) -> JobError {
    JobError(
      "\(results) was written from \(self.input["path"]?.string ?? "another input"), and \(input.name) is not what "
        + "that was\(advice)")
  }

  /// An input may grow between runs, and be moved; but where its beginning differs, it is another.
  func hasBeginning(of input: JobInput) -> Bool {
    guard let byteCount = self.input["bytes"]?.integer, let file = input.file else { return true }
    let prefix = self.input["prefix_bytes"]?.integer.flatMap { input.prefix($0) }
    return file.byteCount >= byteCount && prefix?.hash == self.input["prefix_hash"]?.string
  }
}
