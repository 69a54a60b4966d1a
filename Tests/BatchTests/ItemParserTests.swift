import Completions
import GPT2
import JSON
import Testing

@testable import Batch

@Suite struct ItemParserTests {
  private func parse(_ line: String, number: Int = 9, isText: Bool = false) -> ItemParser.Line {
    ItemParser(isText: isText).parse(Array(line.utf8), number: number)
  }

  private func item(_ line: String, number: Int = 9, isText: Bool = false) throws -> BatchItem {
    guard case .item(let item) = parse(line, number: number, isText: isText) else {
      throw Unexpected(line: parse(line, number: number, isText: isText))
    }
    return item
  }

  private struct Unexpected: Error { let line: ItemParser.Line }

  @Test func everyField() throws {
    let item = try item(
      """
      {"id": "a", "prompt": "p", "n": 2, "max_new_tokens": 3, "max_length": 4, "min_new_tokens": 5, "min_length": 6, \
      "greedy": true, "temperature": 0.5, "top_k": 7, "top_p": 0.25, "min_p": 0.125, "typical_p": 1, \
      "repetition_penalty": 2, "no_repeat_ngram_size": 8, "bad_word": "w", "stop": ["s", "t"], "ignore_eos": true, \
      "seed": 9, "prefix": "", "return_full_text": false, "preset": "hf5", "logprobs": true}
      """)
    var wanted = RequestOptions()
    wanted.overrides.samples = 2
    wanted.overrides.maxNewTokens = 3
    wanted.overrides.maxLength = 4
    wanted.overrides.minNewTokens = 5
    wanted.overrides.minLength = 6
    wanted.isGreedy = true
    wanted.overrides.temperature = 0.5
    wanted.overrides.topK = 7
    wanted.overrides.topP = 0.25
    wanted.overrides.minP = 0.125
    wanted.overrides.typicalP = 1
    wanted.overrides.repetitionPenalty = 2
    wanted.overrides.noRepeatNgramSize = 8
    wanted.badWords = ["w"]
    wanted.overrides.stop = ["s", "t"]
    wanted.overrides.ignoresEndOfText = true
    wanted.overrides.seed = 9
    wanted.overrides.prefix = ""
    wanted.overrides.returnsFullText = false
    wanted.preset = .hf5
    wanted.wantsLogProbabilities = true
    #expect(item.options == wanted)
    #expect(item.id.json.string == "a" && item.form == .native)
    guard case .text("p")? = item.prompts.first else { throw Unexpected(line: .item(item)) }
  }

  @Test func promptsAndIDs() throws {
    guard case .tokens([1, 2])? = try item(#"{"prompt":[1,2]}"#).prompts.first else { throw Unexpected(line: .blank) }
    #expect(try item(#"{"prompt":"p"}"#).id.json.integer == 9)
    #expect(try item(#"{"prompt":"p","id":null,"top_k":null}"#).id.json.integer == 9)
    #expect(try item(#"{"prompt":"p","id":-5}"#).id.json.integer == -5)
    #expect(try item(#"{"prompt":"p","seed":"18446744073709551615"}"#).options.overrides.seed == .max)
    #expect(try item(" \u{FEFF}x", isText: true).id.json.integer == 9)
    guard case .text("x")? = try item("\u{FEFF}x", number: 1, isText: true).prompts.first else {
      throw Unexpected(line: .blank)
    }
    guard case .text("")? = try item("", isText: true).prompts.first else { throw Unexpected(line: .blank) }
    guard case .blank = parse(" \t") else { throw Unexpected(line: parse(" \t")) }
  }

  @Test(arguments: [
    ("{", "invalid_json", "Line 9 is not valid JSON"),
    ("[1]", "invalid_json", "Line 9 must be an object, found an array"),
    (#"{"prompt":"a"} {"prompt":"b"}"#, "invalid_json", "something follows"),
    (String(repeating: "[", count: 1000), "invalid_json", "not valid JSON"),
    ("{}", "invalid_item", "There is no 'prompt'"),
    (#"{"prompt":null}"#, "invalid_item", "There is no 'prompt'"),
    (#"{"prompt":7}"#, "invalid_item", "'prompt' must be a string or a list of token ids, found 7"),
    (#"{"prompt":[1,"a"]}"#, "invalid_item", "its element 1 is a string"),
    (#"{"prompt":[1,2.5]}"#, "invalid_item", "its element 1 is 2.5"),
    (#"{"prompt":[99999999999]}"#, "invalid_item", "its element 0 is 99999999999"),
    (#"{"prompt":"p","id":[1]}"#, "invalid_item", "'id' must be a string or a whole number below 2⁶³, found an array"),
    (#"{"prompt":"p","id":1.5}"#, "invalid_item", "'id' must be"),
    (#"{"prompt":"p","topk":5}"#, "invalid_item", "'topk' is not a field of an item; did you mean 'top_k'?"),
    (#"{"prompt":"p","do_sample":false}"#, "invalid_item", "is not a field of an item; did you mean 'greedy'?"),
    (#"{"prompt":"p","num_return_sequences":2}"#, "invalid_item", "did you mean 'n'?"),
    (#"{"custom_id":"c","body":{"prompt":"p","do_sample":true}}"#, "invalid_item", "'do_sample' is not a field of a"),
    (#"{"text":"p"}"#, "invalid_item", "'text' is not a field of an item; did you mean 'prompt'?"),
    (#"{"prompt":"p","top_k":"five"}"#, "invalid_item", "'top_k' must be a whole number, found a string"),
    (#"{"prompt":"p","top_k":""}"#, "invalid_item", "'top_k' must be a whole number, found a string"),
    (#"{"prompt":"p","top_k":"5.5"}"#, "invalid_item", "'top_k' must be a whole number, found 5.5"),
    (#"{"prompt":"p","top_k":"\"5\""}"#, "invalid_item", "'top_k' must be a whole number, found a string"),
    (#"{"prompt":"p","top_p":true}"#, "invalid_item", "'top_p' must be a number, found a boolean"),
    (#"{"prompt":"p","greedy":1}"#, "invalid_item", "'greedy' must be true or false, found 1"),
    (#"{"prompt":"p","stop":[1]}"#, "invalid_item", "'stop' must be a string or a list of strings"),
    (#"{"prompt":"p","stop":""}"#, "invalid_item", "'stop' must not hold an empty string"),
    (#"{"prompt":"p","seed":-1}"#, "invalid_item", "'seed' must be a whole number from 0"),
    (#"{"prompt":"p","prefix":1}"#, "invalid_item", "'prefix' must be a string, found 1"),
    (#"{"prompt":"p","preset":"x"}"#, "invalid_item", "'preset' must be card or hf5"),
    (#"{"prompt":"p","prompt":"q"}"#, "invalid_item", "'prompt' comes twice"),
    (#"{"custom_id":"c","body":{"prompt":"p"},"body":{"prompt":"q"}}"#, "invalid_item", "'body' comes twice"),
    (
      #"{"prompt":"p","max_tokens":5,"max_new_tokens":2}"#, "invalid_item",
      "'max_tokens' and 'max_new_tokens' are one setting"
    ),
    (#"{"body":{"prompt":"p"}}"#, "invalid_item", "There is no 'custom_id'"),
    (#"{"custom_id":"c"}"#, "invalid_item", "There is no 'body'"),
    (#"{"custom_id":"c","body":[]}"#, "invalid_item", "'body' must be an object, found an array"),
    (#"{"custom_id":"c","body":{}}"#, "invalid_item", "There is no 'prompt'"),
    (#"{"custom_id":"c","url":"/v1/chat/completions","body":{}}"#, "invalid_item", "'url' must be /v1/completions"),
    (#"{"custom_id":"c","method":"GET","body":{}}"#, "invalid_item", "'method' must be POST"),
    (#"{"custom_id":"c","body":{"prompt":"p","top_k":5}}"#, "invalid_item", "'top_k' is not a field of a request"),
    (#"{"custom_id":"c","body":{"prompt":"p","stream":true}}"#, "invalid_item", "'stream' is not supported"),
    (#"{"custom_id":"c","body":{"prompt":"p","logprobs":6}}"#, "invalid_item", "'logprobs' must be from 0 to 5"),
    (
      #"{"custom_id":"c","body":{"prompt":"p","logit_bias":{"x":1}}}"#, "invalid_item", "'logit_bias' must be an object"
    ),
    (
      #"{"custom_id":"c","body":{"prompt":"p","logit_bias":{"-1":1}}}"#, "invalid_item",
      "'logit_bias' must be an object"
    ),
    (#"{"prompt":"p","suppress_tokens":[-1]}"#, "invalid_item", "'suppress_tokens' must be a token id or a list"),
    (#"{"custom_id":"c","body":{"prompt":"p","best_of":3}}"#, "invalid_item", "'best_of' is not supported"),
  ])
  func badLines(_ line: String, kind: String, message: String) {
    guard case .bad(let id, _, let error) = parse(line) else {
      Issue.record("\(line) was taken")
      return
    }
    #expect(error.kind.rawValue == kind && error.message.contains(message), "\(error.message)")
    let hasID = kind == "invalid_item" && !error.message.hasPrefix("'id'")
    #expect((id != nil) == hasID)
  }

  /// As words, and as transformers has them; both hold.
  @Test func badWordsMayBeTokens() throws {
    let item = try item(#"{"prompt": "p", "bad_words_ids": [[11], [3, 4]], "bad_word": "w"}"#)
    #expect(item.options.overrides.badWords == [[11], [3, 4]] && item.options.badWords == ["w"])
    var job = GenerationOverrides()
    job.badWords = [[7]]
    let merged = try item.options.applied(to: job, JobFolder.model.get()).badWords ?? []
    #expect(merged.contains([11]) && merged.contains([3, 4]) && !merged.contains([7]) && merged.count > 2)
  }

  @Test func bytesThatAreNotUTF8() {
    for isText in [true, false] {
      guard case .bad(nil, _, let error) = ItemParser(isText: isText).parse([0x61, 0xFF, 0x62], number: 3) else {
        Issue.record("it was taken")
        continue
      }
      #expect(error.kind == .invalidEncoding && error.message.contains("Line 3") && error.message.contains("offset 1"))
    }
  }

  @Test func linesOfOpenAI() throws {
    let item = try item(
      """
      {"custom_id": "c", "method": "POST", "url": "/v1/completions", "body": {"model": "m", "prompt": "p", \
      "max_tokens": 3, "temperature": 0, "top_p": 0.5, "n": 2, "stop": "s", "seed": 4, "logprobs": 0, "echo": false, \
      "best_of": 1, "stream": false, "presence_penalty": 0, "logit_bias": {}, "suffix": null, "user": "u"}}
      """)
    var wanted = RequestOptions()
    wanted.overrides.maxNewTokens = 3
    wanted.isGreedy = true
    wanted.overrides.topP = 0.5
    wanted.overrides.samples = 2
    wanted.overrides.stop = ["s"]
    wanted.overrides.seed = 4
    wanted.wantsLogProbabilities = true
    wanted.overrides.topLogProbabilities = 0
    wanted.overrides.returnsFullText = false
    wanted.overrides.presencePenalty = 0
    wanted.overrides.logitBias = [:]
    #expect(item.options == wanted && item.form == .openAI)
    let penalized = try self.item(
      #"{"custom_id": "c", "body": {"prompt": "p", "frequency_penalty": 0.5, "logit_bias": {"7": -100, "8": 1.5}, "#
        + #""stop_token_ids": [9], "include_stop_str_in_output": true}}"#)
    #expect(penalized.options.overrides.frequencyPenalty == 0.5)
    #expect(penalized.options.overrides.logitBias == [7: -100, 8: 1.5])
    #expect(penalized.options.overrides.stopTokens == [9] && penalized.options.overrides.includesStop == true)
    let echo = try self.item(#"{"custom_id": "c", "body": {"prompt": "p", "echo": true}}"#)
    #expect(echo.options.overrides.returnsFullText == true)
    let plain = try self.item(#"{"custom_id": "c", "body": {"prompt": "p", "temperature": 1}}"#)
    #expect(plain.options.overrides.returnsFullText == false && plain.options.overrides.temperature == 1)
  }

  /// Strings are compared by their normal form: such a name among the fields took minutes.
  @Test func longNamesOfFieldsAreNotCompared() {
    let name = String(repeating: "\u{301}\u{323}", count: 100_000)
    for line in [#"{"id":"a","prompt":"p","\#(name)":1}"#, #"{"custom_id":"a","body":{"prompt":"p","\#(name)":1}}"#] {
      guard case .bad(let id, _, let error) = parse(line) else {
        Issue.record("The line was taken.")
        continue
      }
      #expect(id?.json.string == "a" && error.message.contains("400000 bytes"))
    }
  }

  /// A table's cells are strings, and the first name of Excel's begins with a mark.
  @Test func rowsOfTablesAreItems() throws {
    let item = try item(
      #"{"\#u{FEFF}id":"7","prompt":"5","max_new_tokens":"5","top_p":"0.5","greedy":"true","stop":"9"}"#)
    var wanted = RequestOptions()
    wanted.overrides.maxNewTokens = 5
    wanted.overrides.topP = 0.5
    wanted.isGreedy = true
    wanted.overrides.stop = ["9"]
    guard case .text("5")? = item.prompts.first else { throw Unexpected(line: .item(item)) }
    #expect(item.options == wanted && item.id.json.string == "7")
  }
}
