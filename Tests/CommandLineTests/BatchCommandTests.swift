import Foundation
import Backend
import JSON
import TestSupport
import Testing

/// Jobs with the demo model. One after the other: each has the device to itself.
@Suite(.serialized, .requiresDevice) struct BatchCommandTests {
  /// Items of several kinds: texts and tokens, short and long, drawn and greedy, with several samples.
  static func items(_ count: Int) -> [String] {
    (0..<count).map { number in
      let new = 3 + number * 7 % 20
      return switch number % 5 {
      case 0: #"{"id":"item \#(number)","prompt":"My dream is","max_new_tokens":\#(new)}"#
      case 1: #"{"id":\#(1000 + number),"prompt":[531,1481,\#(number)],"max_new_tokens":\#(new),"top_k":5}"#
      case 2: #"{"id":"é\#(number)","prompt":"I like \#(number)","n":3,"seed":\#(number),"max_new_tokens":4}"#
      case 3: #"{"id":"item \#(number)","prompt":"","greedy":true,"max_new_tokens":\#(new),"repetition_penalty":1.2}"#
      default:
        """
        {"custom_id":"c\(number)","method":"POST","url":"/v1/completions",\
        "body":{"model":"m","prompt":"So","max_tokens":\(new),"n":2}}
        """
      }
    }
  }

  /// A folder with items in `in`.
  static func folder(_ lines: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(lines.map { $0 + "\n" }.joined().utf8, to: "in")
    return folder
  }

  /// Runs a job from `in` to a file; returns its lines.
  static func run(
    _ folder: TemporaryFolder, to output: String = "out", status: Int32 = 0, _ options: [String] = []
  ) throws -> [String] {
    let run = try Program.run(
      ["batch", "--in", "\(folder.path)/in", "--out", "\(folder.path)/\(output)", "--seed", "7"] + options)
    #expect(run.status == status && run.output.isEmpty, "\(run.errors)")
    return try lines(folder, output)
  }

  static func lines(_ folder: TemporaryFolder, _ name: String = "out") throws -> [String] {
    let text = try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
    #expect(text.isEmpty || text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init)
  }

  /// Lines without the items' places, sorted.
  private func texts(_ lines: [String]) -> [String] {
    lines.map { $0.replacing(/"index":[0-9]+,"(text|response)/) { "\"\($0.output.1)" } }.sorted()
  }

  @Test(arguments: Tier.isFull ? Precision.allCases : [.int8])
  func aTextIsTheSameAtEveryBatchSizeInEveryOrderAndShard(_ precision: Precision) throws {
    let stored = ["--precision", precision.rawValue]
    let folder = try Self.folder(Self.items(25))
    let alone = try Self.run(folder, to: "alone", ["--batch-size", "1"] + stored)
    #expect(alone.count == 25)
    #expect(try Self.run(folder, to: "seven", ["--batch-size", "7"] + stored).sorted() == alone.sorted())
    let ordered = try Self.run(folder, to: "ordered", ["--batch-size", "64", "--ordered"] + stored)
    #expect(ordered == alone.sorted { index($0) < index($1) })
    for count in [2, 7] {
      let parts = try (0..<count).map { part in
        try Self.run(folder, to: "\(part) of \(count)", ["--shard", "\(part)/\(count)"] + stored)
      }
      #expect(parts.flatMap(\.self).sorted() == alone.sorted())
    }
    try folder.write(Self.items(25).shuffled().map { $0 + "\n" }.joined().utf8, to: "in")
    #expect(texts(try Self.run(folder, to: "shuffled", stored)) == texts(alone))
  }

  private func index(_ line: String) -> Int { (try? JSON(parsing: line))?["index"]?.integer ?? -1 }

  @Test func aTextIsThatOfGenerate() throws {
    let folder = try Self.folder([#"{"id":"a","prompt":"My dream is"}"#])
    let line = try #require(try Self.run(folder, ["--greedy", "--max-new-tokens", "9", "--logprobs"]).first)
    let run = try Program.run(
      "generate", "My dream is", "--greedy", "--max-new-tokens", "9", "--logprobs", "--format", "json")
    let (result, sequence) = (try JSON(parsing: line), try run.json["sequences"]?.array?.first)
    #expect(result["text"]?.string == sequence?["text"]?.string && result["text"]?.string != nil)
    #expect(result["token_ids"]?.text == sequence?["tokens"]?.text)
    #expect(result["logprobs"]?.text == sequence?["logprobs"]?.text)
  }

  @Test func badItemsEndTheJobWithThree() throws {
    let folder = try Self.folder(["{", #"{"prompt":"x","max_new_tokens":3}"#, #"{"id":"b","prompt":7}"#])
    let run = try Program.run("batch", "--in", "\(folder.path)/in", "--out", "-", "--ordered")
    #expect(run.status == 3)
    #expect(run.errors.contains("3 items, 2 errors; 3 tokens in "), "\(run.errors)")
    #expect(run.errors.hasSuffix("gpt2-gpu: 2 items have errors instead of texts: their lines say why.\n"))
    let results = try run.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(results.map { $0["error"]?["type"]?.string } == ["invalid_json", nil, "invalid_item"])
    #expect(results[1]["id"]?.integer == 2 && results[1]["tokens"]?.integer == 3)
  }

  @Test func pipesBothWays() throws {
    let run = try Program.shell(
      #"printf 'My dream is\r\nI like' | "$PROGRAM" batch --text --in - --out - --max-new-tokens 4 --seed 1 | cat"#)
    let results = try run.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(results.compactMap { $0["id"]?.integer }.sorted() == [1, 2])
    #expect(run.errors.contains("2 items, 0 errors; 8 tokens"))
    let empty = try Program.run("batch", "--in", "-", "--out", "-")
    #expect(empty.status == 0 && empty.output.isEmpty && empty.errors.contains("0 items, 0 errors"))
  }

  /// A peer that waits for each answer before it sends more.
  @Test(.timeLimit(.minutes(60)))
  func aLineIsAnsweredWhileTheInputIsOpen() throws {
    let folder = try TemporaryFolder()
    let run = try Program.shell(
      """
      cd "\(folder.path)"; mkfifo to from
      "$PROGRAM" batch --in - --out - --max-new-tokens 3 --seed 1 <to >from & exec 3>to 4<from
      for number in 1 2 3; do
        echo "{\\"id\\":$number,\\"prompt\\":\\"So\\"}" >&3; read -r answer <&4; echo "$answer"
      done
      exec 3>&-; cat <&4; wait $!
      """)
    #expect(run.status == 0, "\(run.errors)")
    let results = try run.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(results.compactMap { $0["id"]?.integer } == [1, 2, 3])
  }

  @Test func aClosedPipeEndsQuietly() throws {
    let folder = try Self.folder(Self.items(20))
    let run = try Program.shell(
      """
      mkfifo "\(folder.path)/pipe"; exec 3<>"\(folder.path)/pipe" 4>"\(folder.path)/pipe" 3<&-
      trap '' PIPE
      "$PROGRAM" batch --in "\(folder.path)/in" --out - >&4
      """)
    #expect(run.status == 141 && run.errors.isEmpty, "\(run.errors)")
  }

  @Test func partsWithoutASeedAreToldApart() throws {
    let run = try Program.run("batch", "--in", "-", "--out", "-", "--shard", "0/2")
    #expect(run.status == 0 && run.errors.contains("give all parts the same one"))
    let seeded = try Program.run("batch", "--in", "-", "--out", "-", "--shard", "0/2", "--seed", "1")
    #expect(!seeded.errors.contains("give all parts the same one"))
  }

  @Test func progressIsShownWhereAskedFor() throws {
    let folder = try Self.folder(Self.items(5))
    let run = try Program.run("batch", "--in", "\(folder.path)/in", "--out", "-", "--progress")
    #expect(run.status == 0 && run.output.split(separator: "\n").count == 5)
    #expect(run.errors.contains("5 items, 0 errors"))
  }

  @Test(arguments: [
    (["--in", "-"], "Missing expected argument '--out"),
    (["--in", "-", "--out", "-", "--resume"], "--resume needs results in a file"),
    (["--in", "-", "--out", "-", "--retry-errors"], "--retry-errors needs --resume"),
    (["--in", "-", "--out", "-", "--resume", "--ordered", "--retry-errors"], "which is not --ordered"),
    (["--in", "-", "--out", "-", "--shard", "2/2"], "'2/2' is invalid for '--shard"),
    (["--in", "-", "--out", "-", "--shard", "auto"], "--shard auto finds no array of tasks"),
    (["--in", "-", "--out", "-", "--batch-size", "0"], "--batch-size must be at least 1"),
    (["--in", "-", "--out", "-", "--top-p", "-1"], "--top-p must be above 0"),
    (["--in", "/no/such/file", "--out", "-"], "/no/such/file cannot be read"),
    (["--in", "-", "--out", "/no/such/folder/file"], "/no/such/folder/file cannot be written"),
  ])
  func usage(_ options: [String], sentence: String) throws {
    let run = try Program.run(["batch"] + options)
    #expect(run.status == 2 && run.output.isEmpty && run.errors.contains(sentence), "\(run.errors)")
  }
}
