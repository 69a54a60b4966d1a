import Foundation
import JSON
import OpenCL
import TestSupport
import Testing

/// The beginning of the name of PoCL's device.
private let pocl = "pthread"

/// First starts, with nothing kept, on PoCL: drivers differ in what they keep themselves.
@Suite(
  .enabled(if: Tier.isFull, "It takes long."),
  .enabled(if: Devices.all.contains { $0.name.hasPrefix(pocl) }, "PoCL offers no device here."))
struct ColdStartTests {
  @Test func aFirstStartCompilesLittleAndASecondNothing() throws {
    let folder = try TemporaryFolder()
    let environment = ["XDG_CACHE_HOME": folder.path, "GPT2_GPU_CACHE": nil, "POCL_CACHE_DIR": nil]
    func start() throws -> JSON {
      let run = try Program.run(
        ["generate", "My dream is", "-n", "5", "--seed", "3", "--format", "json", "--device", pocl],
        environment: environment)
      run.check()
      return try run.json
    }
    func kept() throws -> Set<String> {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/gpt2-gpu")
      return Set(names.filter { $0.hasSuffix(".bin") })
    }
    let first = try start()
    #expect((first["timings"]?["compile_s"]?.number ?? 0) > 0)
    let programs = try kept()
    #expect(1...8 ~= programs.count, "\(programs)")
    let second = try start()
    #expect(second["timings"]?["compile_s"]?.number == 0)
    #expect(try kept() == programs)
    #expect(second["sequences"]?.text == first["sequences"]?.text)
  }

  /// Stands before the OpenCL library: writes a letter for each program that is compiled.
  private static let counter = """
    #define _GNU_SOURCE
    #define CL_TARGET_OPENCL_VERSION 120
    #include <CL/cl.h>
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <stdlib.h>
    #include <unistd.h>

    cl_program clCreateProgramWithSource(
        cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *status) {
      int file = open(getenv("COMPILED"), O_WRONLY | O_APPEND | O_CREAT, 0600);
      if (file < 0 || write(file, "x", 1) != 1 || close(file)) abort();
      return ((__typeof__(clCreateProgramWithSource) *)dlsym(RTLD_NEXT, "clCreateProgramWithSource"))(
          context, count, texts, lengths, status);
    }

    """

  /// Who waits for another process that compiles finds its programs.
  @Test func ofStartsAtOnceOneCompilesEachProgram() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Array(Self.counter.utf8), to: "counter.c")
    let run = try Program.shell(
      """
      cd "\(folder.path)"
      clang -shared -fPIC -o counter.so counter.c -ldl || exit
      export XDG_CACHE_HOME="$PWD" COMPILED="$PWD/compiled"
      unset GPT2_GPU_CACHE POCL_CACHE_DIR
      for number in 1 2 3 4; do
        LD_PRELOAD=./counter.so "$PROGRAM" generate "My dream is" --seed 3 --max-new-tokens 2 --device \(pocl) \
          > text$number &
        jobs="$jobs $!"
      done
      for job in $jobs; do wait $job || exit; done
      for number in 2 3 4; do cmp text1 text$number || exit; done
      """)
    run.check()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("gpt2-gpu"))
    let programs = names.filter { $0.hasSuffix(".bin") }
    #expect(try !programs.isEmpty && folder.read("compiled").count == programs.count)
  }

  /// Where kernels cannot be kept, every start compiles them, and says so.
  @Test func aFolderThatCannotBeMadeIsSaid() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      "generate", "My dream is", "--max-new-tokens", "1", "--greedy", "--verbose", "--device", pocl,
      environment: ["XDG_CACHE_HOME": folder.path, "GPT2_GPU_CACHE": "/proc/none", "POCL_CACHE_DIR": nil])
    #expect(run.status == 0 && run.errors.contains("at each start: they cannot be kept in /proc/none"), "\(run.errors)")
  }

  /// The first kernels of a step are there, the last are not: the program ends before they are.
  @Test(arguments: [
    ("batch --in items --out texts", "Interrupted while kernels were compiled"),
    ("bench --format csv > texts", "Interrupted before the first measurement."),
    ("generate 'My dream is' > texts", "Interrupted before the text's end."),
  ])
  func anInterruptEndsCompiling(_ command: String, sentence: String) throws {
    let folder = try TemporaryFolder()
    let run = try Program.shell(
      """
      cd "\(folder.path)"
      export XDG_CACHE_HOME="\(folder.path)"
      unset GPT2_GPU_CACHE POCL_CACHE_DIR
      echo '{"prompt": "My dream is"}' > items
      GPT2_GPU_DEVICE=\(pocl) "$PROGRAM" \(command) &
      job=$!
      await $job '[ "$(find pocl -name program.bc | wc -l)" -ge 5 ]'
      kill -INT $job
      wait $job
      echo "status $?" >&2
      find pocl -name sample.so
      wc -c < texts
      """)
    #expect(run.errors.contains("status 130") && run.errors.contains(sentence), "\(run.errors)")
    #expect(run.output.split(whereSeparator: \.isWhitespace) == ["0"], "\(run.output)")
  }
}
