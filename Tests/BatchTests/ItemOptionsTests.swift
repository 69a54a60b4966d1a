import Completions
import GPT2
import JSON
import Testing
import Tokenizer

@testable import Batch

/// An item's options beside the job's.
@Suite struct ItemOptionsTests {
  private func apply(
    _ item: (inout RequestOptions) -> Void, to job: (inout GenerationOverrides) -> Void = { _ in }
  ) throws -> GenerationOverrides {
    var options = RequestOptions()
    item(&options)
    var overrides = GenerationOverrides()
    job(&overrides)
    return try options.applied(to: overrides, JobFolder.model.get())
  }

  @Test func theItemsComeFirst() throws {
    let merged = try apply({ $0.overrides.topK = 3 }) {
      $0.topK = 5
      $0.topP = 0.5
      $0.stop = ["x"]
    }
    #expect(merged.topK == 3 && merged.topP == 0.5 && merged.stop == ["x"])
  }

  @Test func anItemsTotalIsNotOverruledByTheJobsNewTokens() throws {
    let merged = try apply({ $0.overrides.maxLength = 30 }) { $0.maxNewTokens = 5 }
    #expect(merged.maxLength == 30 && merged.maxNewTokens == nil)
    let least = try apply({ $0.overrides.minLength = 3 }) { $0.minNewTokens = 5 }
    #expect(least.minLength == 3 && least.minNewTokens == nil)
  }

  @Test func drawingAndTheLikeliest() throws {
    #expect(try apply({ $0.isGreedy = true }) { $0.temperature = 2 }.doSample == false)
    #expect(try apply({ $0.isGreedy = false }) { $0.doSample = false }.doSample == nil)
    #expect(try apply({ $0.overrides.topP = 0.5 }) { $0.doSample = false }.doSample == nil)
    #expect(try apply({ $0.overrides.samples = 2 }) { $0.doSample = false }.doSample == false)
  }

  @Test func badWordsHaveTwoSpellings() throws {
    let words = try #require(try apply { $0.badWords = ["dream"] }.badWords)
    let tokenizer = try #require(try JobFolder.model.get().tokenizer)
    #expect(words == [tokenizer.encode("dream"), tokenizer.encode(" dream")])
  }

  @Test(arguments: [
    (#"{"prompt":"p","top_p":-1}"#, "'top_p' must be above 0 and at most 1, found -1"),
    (#"{"prompt":"p","temperature":NaN}"#, "'temperature' must be above 0 and finite, found nan"),
    (#"{"prompt":"p","n":0}"#, "'n' must be from 1 to 4096, found 0."),
    (#"{"custom_id":"c","body":{"prompt":["a","b"],"n":-1}}"#, "'n' must be from 1 to 2048 for 2 prompts, found -1."),
    (#"{"prompt":"p","n":5000}"#, "'n' must be from 1 to 4096, found 5000"),
    (#"{"prompt":"p","max_new_tokens":0}"#, "'max_new_tokens' must be from 1 to"),
    (#"{"prompt":"p","max_tokens":0}"#, "'max_tokens' must be from 1 to"),
    (#"{"prompt":"p","min_tokens":1000}"#, "'min_tokens' asks for at least 1000 new tokens"),
    (#"{"prompt":"p","min_new_tokens":1000}"#, "asks for at least 1000 new tokens"),
    (#"{"prompt":[1,2048]}"#, "the token id 2048, but the model knows 0 to 2047"),
    (
      #"{"prompt":"p","suppress_tokens":[5,2048]}"#, "'suppress_tokens' must be token ids of this model, from 0 to 2047"
    ),
    (#"{"prompt":"p","logit_bias":{"5":200}}"#, "'logit_bias' must be numbers from -100 to 100, found 200"),
    (
      #"{"custom_id":"c","body":{"prompt":"p","logit_bias":{"4000":1}}}"#,
      "'logit_bias' must be token ids of this model"
    ),
    (
      #"{"custom_id":"c","body":{"prompt":"p","presence_penalty":3}}"#,
      "'presence_penalty' must be from -2 to 2, found 3"
    ),
    (#"{"prompt":[-1]}"#, "the token id -1, but the model knows 0 to 2047"),
    (#"{"custom_id":"c","body":{"prompt":"p","max_tokens":0}}"#, "'max_tokens' must be from 1 to"),
  ])
  func settingsThatCannotBeUsed(_ line: String, sentence: String) throws {
    let folder = try JobFolder()
    try folder.write([line])
    #expect(try folder.run().errors == 1)
    let error = try #require(try folder.results().first?["error"])
    #expect((error["type"] ?? error["code"])?.string == "invalid_request")
    #expect(error["message"]?.string?.contains(sentence) == true, "\(error["message"]?.string ?? "")")
  }

  @Test func promptsBeyondTheContext() throws {
    let folder = try JobFolder()
    try folder.write([#"{"prompt":"\#(String(repeating: "word ", count: 300))"}"#])
    #expect(try folder.run().errors == 1)
    #expect(try folder.results()[0]["error"]?["message"]?.string?.contains("no room in the model's context") == true)
    #expect(try folder.run(to: "cut") { $0.overflow = .leftTruncate }.errors == 0)
    #expect(try folder.results("cut")[0]["tokens"]?.integer ?? 0 > 0)
  }
}
