import Testing

/// Input that cannot be used: a sentence on standard error, nothing on standard output, and the right exit code.
@Suite struct UsageTests {
  @Test(arguments: [
    (["--top-p", "-1"], "--top-p must be above 0 and at most 1, found -1"),
    (["--temperature", "-1"], "--temperature must be above 0 and finite, found -1"),
    (["--temperature", "nan"], "--temperature must be above 0 and finite, found nan"),
    (["--repetition-penalty", "-inf"], "--repetition-penalty must be above 0"),
    (
      ["--repetition-penalty", "1e-45"],
      "--repetition-penalty must be above 0 and finite, found 1e-45, which is too small"
    ),
    (["--temperature", "1e39"], "--temperature must be above 0 and finite, found 1e+39, which is too large for fp32."),
    (["--top-k", "-1"], "--top-k must be 0 (off) to"),
    (["-n", "0"], "-n must be from 1 to"),
    (["-n-3"], "-n must be from 1 to"),
    (["-n", "99999999999999999999"], "'99999999999999999999' is invalid for '-n"),
    (["--max-new-tokens", "0"], "--max-new-tokens must be from 1 to"),
    (["--max-new-tokens", "1kk"], "'1kk' is invalid for '--max-new-tokens"),
    (["--max-new-tokens", "9223372036854775807K"], "is invalid for '--max-new-tokens"),
    (["--min-length", "50", "--max-length", "20"], "--min-length asks for at least"),
    (["--min-new-tokens", "1k"], "--min-new-tokens asks for at least 1000 new tokens"),
    (["--seed", "-1"], "'-1' is invalid for '--seed"),
    (["--preset", "nix"], "one of 'card' and 'hf5'"),
    (["--precision", "fp8"], "one of the following:\n  - auto\n  - fp32\n  - fp16\n  - bf16\n  - int8\n  - int4"),
    (["--kernels", "fast"], "one of 'auto', 'simd' or 'simt'"),
    (["--bad-word", ""], "--bad-word must not be empty"),
    (["--allowed-token-ids", "7,2048"], "must be token ids of this model, from 0 to 2047, found 2048"),
    (["--logit-bias", "1,2=3"], "--logit-bias is of one token"),
    (["--exponential-decay-length-penalty", "15"], "'15' is invalid for '--exponential-decay-length-penalty"),
    (["--stop", ""], "--stop must not be empty"),
    (["--no-such-option"], "gpt2-gpu: Unknown option '--no-such-option'"),
    (["--stream", "-n", "2"], "--stream prints one text"),
    (["--stream", "--format", "json"], "--stream prints text"),
    (["--logprobs"], "--logprobs needs --format json"),
    (["--top-logprobs", "3"], "--top-logprobs needs --format json"),
    (["--echo"], "--echo needs --format json"),
    (["--top-logprobs", "21", "--format", "json"], "--top-logprobs must be from 0 to 20, found 21"),
    (["--max-new-tokens", "0"], "--max-new-tokens must be from 1 to"),
    (["--num-beams", "0"], "--num-beams must be from 1 to 64, found 0"),
    (["--num-beams", "4", "-n", "5"], "-n asks for 5 texts, but --num-beams for 4 beams"),
    (["--num-beams", "4", "--stop", "x"], "--stop cannot be used with --num-beams"),
    (["--num-beams", "4", "--stream"], "of 4 beams none is certain before the end"),
    (["--num-beams", "4", "--early-stopping", "soon"], "'soon' is invalid for '--early-stopping"),
    (["--num-beams", "4", "--length-penalty", "inf"], "--length-penalty must be finite"),
    (["another"], "Unexpected argument 'another'"),
    (["--prompt-tokens", "1"], "Give one prompt"),
  ])
  func options(_ options: [String], sentence: String) throws {
    let run = try Program.run(["generate", "My dream is"] + options)
    #expect(run.status == 2 && run.output.isEmpty)
    #expect(run.errors.contains(sentence), "\(run.errors)")
  }

  @Test func prompts() throws {
    let none = try Program.run("generate")
    #expect(none.status == 2 && none.errors.contains("There is nothing to continue"))
    let long = try Program.run("generate", String(repeating: "word ", count: 300))
    #expect(long.status == 2 && long.errors.contains("which leaves no room in the model's context of 256"))
    let unknown = try Program.run("generate", "--prompt-tokens", "1,2048")
    #expect(unknown.status == 2 && unknown.errors.contains("the token id 2048, but the model knows 0 to 2047"))
    let letters = try Program.run("generate", "--prompt-tokens", "1,x")
    #expect(letters.status == 2 && letters.errors.contains("'1,x' is invalid for '--prompt-tokens"))
    let brackets = try Program.run("generate", "--prompt-tokens", "[1, 2]", "--max-new-tokens", "1", "--greedy")
    #expect(brackets.status == 0, "\(brackets.errors)")
    let missing = try Program.run("generate", "--prompt-file", "/no/such/file")
    #expect(missing.status == 2 && missing.errors.contains("/no/such/file cannot be read: No such file"))
  }

  @Test(arguments: [[0x61, 0xFF, 0x62], [0x61, 0xC3], [0x61, 0xED, 0xA0, 0x80]] as [[UInt8]])
  func inputThatIsNotUTF8(_ input: [UInt8]) throws {
    for command in ["generate", "tokenize"] {
      let run = try Program.run(command, "-", input: input)
      #expect(run.status == 2 && run.output.isEmpty)
      #expect(run.errors.contains("standard input is not UTF-8: the byte at offset 1"), "\(run.errors)")
    }
  }

  @Test func textsOfWindowsAreTold() throws {
    let run = try Program.run("generate", "-", input: [0xFF, 0xFE, 0x61, 0])
    #expect(run.status == 2 && run.errors.contains("standard input is UTF-16, as Windows writes it: iconv -f UTF-16"))
  }

  @Test func argumentsThatAreNotUTF8() throws {
    let run = try Program.shell(#""$PROGRAM" tokenize "$(printf 'a\377')""#)
    #expect(run.status == 2 && run.errors.contains("Argument 2 is not UTF-8"))
  }

  @Test func devices() throws {
    for name in ["99", "-1", "tpu"] {
      let run = try Program.run("generate", "x", "--device=\(name)")
      #expect(run.status == 5 && run.output.isEmpty)
      #expect(run.errors.contains(name) && run.errors.contains("cpu  OpenBLAS"), "\(run.errors)")
    }
  }

  @Test func messagesHoldNoControlCharacters() throws {
    let run = try Program.run("inspect", "a\u{1B}[31mb")
    #expect(run.status == 4 && run.errors.contains("a\\u{1B}[31mb"))
  }
}
