import Foundation
import JSON
import TestSupport
import Testing

/// Slips of people who know other programs, and what they are told.
@Suite struct HintTests {
  @Test(arguments: [
    (["generate", "My", "dream", "is"], #"in quotes: gpt2-gpu generate "My dream is""#),
    (["generate", "--seed", "3", "My", "dream"], "Put the text in quotes."),
    (["My dream is"], #"To continue a text: gpt2-gpu generate "My dream is""#),
    (["genrate", "x"], "Did you mean 'generate'?"),
    (["merge", "x"], "Did you mean 'batch merge'?"),
    (["generate", "x", "--tempp", "1"], "Did you mean '--temperature'?"),
    (["generate", "x", "--top_p", "1"], "Did you mean '--top-p'?"),
    (["generate", "x", "--dtype", "fp32"], "is --precision"), (["generate", "x", "-ngl", "9"], "is --device"),
    (["bench", "--precision", "fp64"], "the following:\n  - auto\n  - fp32\n  - fp16\n  - bf16\n  - int8\n  - int4"),
    (["batch", "--in", "-", "--out", "-", "--shard", "4/4"], "0/4, 1/4, 2/4 and 3/4"),
    (["batch", "--in", "-", "--out", "-", "--shard", "3/3"], "those of 3 are 0/3, 1/3 and 2/3"),
    (["batch", "--in", "-", "--out", "-", "--shard", "1/1"], "the only one is 0/1"),
    (["batch", "--in", "-", "--out", "-", "--shard", "9/8"], "those of 8 are 0/8, 1/8, … and 7/8"),
    (["batch", "p.jsonl"], "Did you mean: gpt2-gpu batch --in p.jsonl --out texts.jsonl?"),
    (["batch", "p.jsonl", "--out", "x"], "Did you mean: gpt2-gpu batch --in p.jsonl?"),
    (["help", "generat"], "'generat' is no command of gpt2-gpu. Did you mean 'generate'?"),
    (["help", "batch", "merg"], "'merg' is no command of 'batch'. Did you mean 'batch merge'?"),
    (["generate", "x", "--seed", "-1"], "from 0 to 18446744073709551615"),
    (["generate", "x", "--precision", "int8", "--device", "cpu"], "The device cpu computes in fp32 alone, and int8"),
    (["generate", "x", "--kernels", "simt", "--device", "cpu"], "The device cpu has no kernels"),
    (["score", "x", "--precision", "fp16", "--device", "cpu"], "fp32 alone"),
    (["batch", "--in", "-", "--out", "-", "--precision", "fp16", "--device", "cpu"], "fp32 alone"),
    (["bench", "--precision", "bf16", "--device", "cpu"], "fp32 alone"),
    (["generate", "x", "--precision", "int4", "--device", "cpu"], "The device cpu computes in fp32 alone, and int4"),
    (["pull", "a/b", "--revision", "v1"], "A revision stands behind an @: ORG/NAME@REVISION."),
    (["pull", "./a"], "'./a' is no Hub id"),
    (["pull", "https://huggingface.co/acme/snap/tree/v1"], "Did you mean acme/snap?"),
    (["pull", "ftp://host/snap"], "ORG/NAME@REVISION. It is an address of the scheme ftp, and a model is not fetched"),
    (["generate", "–model", "x", "y"], "'–model' begins with a dash that is no hyphen: write --model."),
    (["-m", "./rabbitsnap", "x"], "Options come after a command: gpt2-gpu generate -m …"),
    (["generate", "x", "--max-new-tokens", "1e3"], "It takes a whole number, such as 64"),
    (["generate", "x", "--model", "124M"], "with made-up weights, 124m is for 'gpt2-gpu bench'"),
  ])
  func slips(_ arguments: [String], sentence: String) throws {
    let run = try Program.run(arguments)
    #expect(run.status == 2 && run.output.isEmpty)
    #expect(run.errors.hasPrefix("gpt2-gpu: ") && run.errors.contains(sentence), "\(run.errors)")
  }

  @Test func aPathIsNoHubID() throws {
    for (path, sentence) in [
      ("./nothere", "./nothere: there is no such folder\n"), ("/no/such", "/no/such: there is no such folder\n"),
      ("~/model", "~/model: there is no such folder; a shell replaces ~ only outside quotes\n"),
    ] {
      let run = try Program.run("generate", "x", "--model", path)
      #expect(run.status == 4 && run.errors == "gpt2-gpu: " + sentence, "\(run.errors)")
    }
    #expect(try Program.run("generate", "x", "--model", "no/such").errors.contains("'gpt2-gpu pull no/such'"))
  }

  @Test func aPageIsNoHubID() throws {
    let run = try Program.run("generate", "x", "--model", "https://huggingface.co/acme/snap")
    #expect(run.status == 4 && run.errors.hasSuffix("this is no Hub id; did you mean acme/snap?\n"), "\(run.errors)")
  }

  @Test func anAddressOfAnotherSchemeIsNamed() throws {
    let end = "and a model is not fetched from one: give a folder, or its name on the Hub, ORG/NAME"
    for command in [["generate", "x", "--model"], ["inspect"], ["score", "x", "--adapter"]] {
      let run = try Program.run(command + ["ftp://host/snap"])
      #expect(run.status == 4 && run.output.isEmpty)
      #expect(
        run.errors == "gpt2-gpu: ftp://host/snap: there is no such folder, and this is no Hub id; it is an address of "
          + "the scheme ftp, \(end)\n", "\(run.errors)")
    }
    let named = try Program.run(["inspect"], environment: ["GPT2_GPU_MODEL": "ftp://host/snap"])
    #expect(named.status == 4 && named.errors.hasSuffix("\(end) (GPT2_GPU_MODEL names it)\n"), "\(named.errors)")
  }

  /// As OpenAI's clients mean it; and greedy texts have no variety.
  @Test func temperatureZeroIsGreedy() throws {
    let prompt = ["generate", "My dream is", "--max-new-tokens", "3", "--device", "cpu"]
    let (greedy, cold) = (try Program.run(prompt + ["--greedy"]), try Program.run(prompt + ["--temperature", "0"]))
    #expect(cold.status == 0 && cold.output == greedy.output, "\(cold.errors)")
    let several = try Program.run(prompt + ["--temperature", "0", "--top-k", "3", "-n", "2"])
    #expect(several.errors.contains("--temperature 0 always takes the likeliest token, so --top-k changes nothing."))
    #expect(several.errors.contains("so all 2 texts are the same."))
  }

  @Test func aPrefixIsThereTwice() throws {
    let run = try Program.run("generate", "<|endoftext|>So", "--max-new-tokens", "1", "--device", "cpu", "--greedy")
    #expect(run.status == 0 && run.errors.contains("so it is there twice"), "\(run.errors)")
  }

  @Test func otherProgramsNamesAreTaken() throws {
    let own = try Program.run(
      "generate", "--show-config", "--format", "json", "-n", "3", "--max-new-tokens", "5", "--temperature", "0.5",
      "--repetition-penalty", "1.5", "--seed", "1")
    for names in [
      ["--n", "3", "--max-tokens", "5", "--temp", "0.5", "--repeat-penalty", "1.5"],
      ["--num-return-sequences=3", "--n-predict=5", "--temp=0.5", "--repeat-penalty=1.5"],
    ] {
      let run = try Program.run(["generate", "--show-config", "--format", "json", "--seed", "1"] + names)
      #expect(run.status == 0 && run.output == own.output, "\(run.errors)")
    }
    // Not a value, nor a text.
    let dash = try Program.run("tokenize", "-", input: Array("-m".utf8))
    #expect(try Program.run("tokenize", "--", "-m").output == dash.output)
  }

  @Test func aTextThatIsAFileIsSaid() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("My dream".utf8, to: "text").path
    let run = try Program.run("tokenize", path)
    #expect(run.status == 0 && run.errors.contains("\(path) is a file: --file \(path) tokenizes what is in it."))
    #expect(try Program.run("tokenize", "My dream").errors.isEmpty)
  }

  @Test func verifyingSaysWhatItDid() throws {
    let run = try Program.run("inspect", "--verify")
    #expect(run.status == 0 && run.output.contains("none to compare: only PyTorch's zip files have them"))
    #expect(try !Program.run("inspect").output.contains("checksums"))
    #expect(try Program.run("inspect", "--verify", "--format", "json").json["verified"]?.array?.isEmpty == true)
  }

  @Test func theVariableThatHidesDriversIsNamed() throws {
    let run = try Program.run("devices", environment: ["OCL_ICD_VENDORS": "/no/such/folder"])
    #expect(run.errors.contains("OCL_ICD_VENDORS is set to /no/such/folder, where no driver is registered"))
  }
}

/// Hints of runs that write texts.
@Suite(.serialized, .requiresDevice) struct WritingHintTests {
  @Test func aPipeNeedsNoDash() throws {
    let options = ["--greedy", "--max-new-tokens", "4"]
    let dash = try Program.run(["generate", "-"] + options, input: Array("My dream is\n".utf8))
    #expect(try Program.run(["generate"] + options, input: Array("My dream is\n".utf8)).output == dash.output)
    #expect(try Program.run(["generate", "-p", "My dream is"] + options).output == dash.output)
    #expect(try Program.run(["generate"] + options).status == 2)  // nothing comes
  }

  @Test func whatChangesNothingIsSaid() throws {
    let run = try Program.run(
      "generate", "My dream is", "--greedy", "--temperature", "0.5", "--max-new-tokens", "9999", "--format", "json")
    #expect(run.status == 0)
    #expect(run.errors.contains("--greedy always takes the likeliest token, so --temperature changes nothing."))
    #expect(run.errors.contains("The model's context of 256 tokens has room for 252 after this prompt, not for 9999."))
  }

  @Test func aResumedPartHasItsSeed() throws {
    let folder = try BatchCommandTests.folder([#"{"prompt":"x","max_new_tokens":2}"#])
    let job = ["batch", "--in", "\(folder.path)/in", "--out", "\(folder.path)/out", "--shard", "0/1", "--resume"]
    #expect(try Program.run(job).errors.contains("give all parts the same one"))
    let again = try Program.run(job)
    #expect(again.status == 0 && !again.errors.contains("give all parts"), "\(again.errors)")
  }
}
