/// Hands the reader that GPT2_GPU_FUZZER names to libFuzzer, with the rest of the command line as its options.
@main
enum FuzzerRun {
  static let fuzzer = Fuzzer.named(by: "GPT2_GPU_FUZZER")

  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    _ = runDriver(&count, &arguments) { start, count in
      try? FuzzerRun.fuzzer.read(UnsafeRawBufferPointer(start: start, count: count))
      return 0
    }
  }
}

/// libFuzzer's entry: it calls back with input after input, and returns when it has had enough.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ call: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
