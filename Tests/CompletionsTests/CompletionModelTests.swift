import Completions
import Engine
import GPT2
import JSON
import Testing
import Tokenizer

/// A request as the demo model takes it.
@Suite struct CompletionModelTests {
  static let model = Result { try PretrainedModel(.demo) }

  private func requests(
    _ body: String, _ defaults: CompletionDefaults = CompletionDefaults()
  ) throws -> [TextRequest] {
    let request = try CompletionRequest(parsing: JSON(parsing: body), limits: CompletionLimits(), strict: true)
    return try request.requests(Self.model.get(), defaults: defaults)
  }

  private func error(_ body: String) throws -> CompletionError? {
    do {
      _ = try requests(body)
      return nil
    } catch let error as CompletionError {
      return error
    }
  }

  @Test func defaultsAreOpenAIs() throws {
    let tokens = try requests(#"{"prompt":"My dream is"}"#)[0].tokens
    #expect(tokens.newTokens.upperBound == 16 && tokens.sampling.doSample && tokens.sampling.temperature == 1)
    #expect(tokens.sampling.topK == 0 && tokens.sampling.topP == 1 && tokens.item == 0 && tokens.samples == 1)
    // The card's prefix would shift what is scored.
    #expect(try tokens.prompt == #require(Self.model.get().tokenizer).encode("My dream is"))
    #expect(try requests(#"{"prompt":"My dream is"}"#)[0].shown.isEmpty)
    #expect(try requests(#"{"prompt":"My dream is","echo":true}"#)[0].shown == "My dream is")
  }

  @Test func presetsAndTheServersFlags() throws {
    let card = try requests(#"{"prompt":"p","preset":"card"}"#)[0]
    let served = try requests(#"{"prompt":"p"}"#, CompletionDefaults(preset: .card))[0]
    #expect(card.tokens.prompt == served.tokens.prompt && card.tokens.newTokens == served.tokens.newTokens)
    #expect(try card.tokens.prompt.count == requests(#"{"prompt":"p"}"#)[0].tokens.prompt.count + 1)
    var flags = GenerationOverrides()
    (flags.topK, flags.maxNewTokens, flags.doSample) = (9, 5, false)
    let flagged = try requests(#"{"prompt":"p"}"#, CompletionDefaults(overrides: flags))[0].tokens
    #expect(flagged.sampling.topK == 9 && flagged.newTokens.upperBound == 5 && !flagged.sampling.doSample)
    let asked = try requests(#"{"prompt":"p","top_p":0.5}"#, CompletionDefaults(overrides: flags))[0].tokens
    #expect(asked.sampling.doSample && asked.sampling.topP == 0.5)
  }

  @Test func likeliestTokens() throws {
    #expect(try !requests(#"{"prompt":"p","temperature":0}"#)[0].tokens.sampling.doSample)
    let tokens = try requests(#"{"prompt":"p","best_of":3,"n":2,"seed":5}"#)[0].tokens
    #expect(tokens.samples == 3 && tokens.wantsLogProbabilities && tokens.seed == 5)
    let scored = try requests(#"{"prompt":"p","logprobs":2,"echo":true,"max_tokens":0}"#)[0].tokens
    #expect(scored.scoresPrompt && scored.topLogProbabilities == 2 && scored.newTokens == 0...0)
    #expect(try requests(#"{"prompt":"p","max_tokens":0,"echo":true}"#)[0].tokens.newTokens == 0...0)
  }

  @Test func noPromptBeginsFromNothing() throws {
    let model = try Self.model.get()
    let tokens = try requests(#"{"prompt":null}"#)[0].tokens.prompt
    #expect(tokens == [Int32(try #require(model.configuration.bosTokenID))])
  }

  @Test func specialTokensAreText() throws {
    let plain = try requests(#"{"prompt":"<|endoftext|>So"}"#)[0].tokens.prompt
    let special = try requests(#"{"prompt":"<|endoftext|>So","parse_special":true}"#)[0].tokens.prompt
    #expect(plain.count > special.count && special.count == 2)
    let tokenizer = try #require(try Self.model.get().tokenizer)
    #expect(tokenizer.decode(plain) == "<|endoftext|>So")
  }

  @Test func longPromptsAreCutWhereAsked() throws {
    #expect(try requests(#"{"prompt":[1,2,3,4],"truncate_prompt_tokens":2}"#)[0].tokens.prompt == [3, 4])
    let text = String(repeating: "word ", count: 600)
    #expect(try error(#"{"prompt":"\#(text)"}"#)?.code == "context_length_exceeded")
    #expect(try error(#"{"prompt":"\#(text)"}"#)?.message.contains("'truncate_prompt_tokens'") == true)
    #expect(try requests(#"{"prompt":"\#(text)","truncate_prompt_tokens":100}"#)[0].tokens.prompt.count == 100)
  }

  @Test(arguments: [
    (#"{"prompt":[2048]}"#, "prompt", "the token id 2048, but the model knows 0 to 2047"),
    (#"{"prompt":[-1]}"#, "prompt", "the token id -1"),
    (#"{"prompt":"p","max_tokens":-1}"#, "max_tokens", "must be from 1 to"),
    (#"{"prompt":"p","max_tokens":0}"#, "max_tokens", "must be from 1 to"),
    // Of several names, the one that was used.
    (#"{"prompt":"p","max_new_tokens":0}"#, "max_new_tokens", "'max_new_tokens' must be from 1 to"),
    (#"{"prompt":"p","n_predict":300}"#, "n_predict", "300 are to follow"),
    (#"{"prompt":"p","min_tokens":-1}"#, "min_tokens", "'min_tokens' must be from 0 to"),
    (#"{"prompt":"p","repeat_penalty":0}"#, "repeat_penalty", "'repeat_penalty' must be above 0"),
    (#"{"prompt":"p","n":65}"#, "n", "must be from 1 to 64, found 65"),
    (#"{"prompt":["a","b"],"n":33}"#, "n", "must be from 1 to 32 for 2 prompts, found 33"),
    (#"{"prompt":["a","b"],"num_beams":40}"#, "num_beams", "from 1 to 32 for 2 prompts"),
    (#"{"prompt":["a","b"],"best_of":33}"#, "best_of", "from 1 to 32 for 2 prompts"),
    (#"{"prompt":"p","n":0}"#, "n", "'n' must be from 1 to 64, found 0."),
    (#"{"prompt":"p","n":-1}"#, "n", "'n' must be from 1 to 64, found -1."),
    (#"{"prompt":["a","b"],"n":0}"#, "n", "'n' must be from 1 to 32 for 2 prompts, found 0."),
    (#"{"prompt":["a","b"],"best_of":0}"#, "best_of", "'best_of' must be from 1 to 32 for 2 prompts, found 0."),
    (#"{"prompt":"p","num_beams":0}"#, "num_beams", "'num_beams' must be from 1 to 64, found 0."),
    (#"{"prompt":"p","top_p":0}"#, "top_p", "must be above 0 and at most 1, found 0"),
    (#"{"prompt":"p","top_p":NaN}"#, "top_p", "must be above 0 and at most 1"),
    (#"{"prompt":"p","temperature":-1}"#, "temperature", "must be above 0"),
    (#"{"prompt":"p","temperature":1e999}"#, "temperature", "must be above 0"),
    (#"{"prompt":"p","presence_penalty":3}"#, "presence_penalty", "must be from -2 to 2"),
    (#"{"prompt":"p","logit_bias":{"5":101}}"#, "logit_bias", "must be numbers from -100 to 100"),
    (#"{"prompt":"p","logit_bias":{"4000":1}}"#, "logit_bias", "must be token ids of this model"),
    (#"{"prompt":"p","stop_token_ids":[9999]}"#, "stop_token_ids", "must be token ids of this model"),
    (#"{"prompt":"p","allowed_token_ids":[9999]}"#, "allowed_token_ids", "must be token ids of this model"),
    (#"{"prompt":"p","min_tokens":17}"#, "min_tokens", "'min_tokens' asks for at least 17 new tokens"),
    (#"{"prompt":"p","num_beams":2,"stop":"x"}"#, "stop", "cannot be used with 'num_beams'"),
  ])
  func faults(_ body: String, param: String, sentence: String) throws {
    let error = try #require(try error(body))
    #expect(error.status == 400 && error.param == param, "\(error)")
    #expect(error.message.contains(sentence) && !error.message.contains("--"), "\(error.message)")
  }

  /// A server of few texts, or of more than there can be beams.
  @Test func theServersOwnLimitsAreSaid() throws {
    func error(_ body: String, _ most: Int) throws -> CompletionError? {
      var limits = CompletionLimits()
      limits.maximumSamples = most
      do {
        let request = try CompletionRequest(parsing: JSON(parsing: body), limits: limits, strict: true)
        _ = try request.requests(Self.model.get())
        return nil
      } catch let error as CompletionError {
        return error
      }
    }
    for body in [#"{"prompt":["a","b"]}"#, #"{"prompt":["a","b"],"n":1}"#] {
      let few = try #require(try error(body, 1))
      #expect(few.param == "prompt")
      #expect(few.message == "'prompt' must be at most 1 prompt, found 2: send several requests.")
    }
    for count in [0, 65] {
      let beams = try #require(try error(#"{"prompt":"p","num_beams":\#(count)}"#, 1000))
      #expect(beams.message == "'num_beams' must be from 1 to 64, found \(count).")
    }
    #expect(try error(#"{"prompt":"p","n":1000}"#, 1000) == nil)
    var limits = CompletionLimits()
    limits.maximumSamples = 8
    let fields = OpenAPI(version: "1", limits: limits).document["components"]?["schemas"]?["CompletionRequest"]
    for name in ["n", "best_of", "num_beams"] {
      #expect(fields?["properties"]?[name]?["maximum"]?.integer == 8, "\(name)")
    }
  }

  @Test func tokensWithoutRoomAreRefused() throws {
    let length = try Self.model.get().configuration.contextLength
    let error = try #require(try error(#"{"prompt":[1,2],"max_tokens":\#(length - 1)}"#))
    #expect(error.status == 400 && error.code == "context_length_exceeded" && error.param == "max_tokens")
    #expect(try requests(#"{"prompt":[1,2],"max_tokens":\#(length - 2)}"#)[0].tokens.newTokens.upperBound == length - 2)
    #expect(try self.error(#"{"prompt":[1,2],"max_tokens":1000000000}"#)?.code == "context_length_exceeded")
  }
}
