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

  /// Stands before the OpenCL library and the system: writes a letter for each program that is compiled, and for each
  /// kernel, which PoCL puts into its folder as a library, a line with its name, and whether the folder was locked.
  private static let counter = """
    #define _GNU_SOURCE
    #define CL_TARGET_OPENCL_VERSION 120
    #include <CL/cl.h>
    #include <dlfcn.h>
    #include <fcntl.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/file.h>
    #include <unistd.h>

    cl_program clCreateProgramWithSource(
        cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *status) {
      int file = open(getenv("COMPILED"), O_WRONLY | O_APPEND | O_CREAT, 0600);
      if (file < 0 || write(file, "x", 1) != 1 || close(file)) abort();
      return ((__typeof__(clCreateProgramWithSource) *)dlsym(RTLD_NEXT, "clCreateProgramWithSource"))(
          context, count, texts, lengths, status);
    }

    int rename(const char *from, const char *to) {
      size_t length = strlen(to);
      if (length > 3 && !strcmp(to + length - 3, ".so")) {
        int folder = open(getenv("POCL_CACHE_DIR"), O_RDONLY | O_DIRECTORY);
        int isFree = flock(folder, LOCK_EX | LOCK_NB) == 0;
        int file = open(getenv("KERNELS"), O_WRONLY | O_APPEND | O_CREAT, 0600);
        if (file < 0 || dprintf(file, "%s %s\\n", isFree ? "free" : "locked", to) < 0 || close(file)) abort();
        close(folder);
      }
      return ((__typeof__(rename) *)dlsym(RTLD_NEXT, "rename"))(from, to);
    }

    """

  /// Runs the program several times at once with nothing kept, in `folder`; the Nth writes `outN` there.
  private func start(_ count: Int, in folder: TemporaryFolder, _ command: String) throws {
    _ = try folder.write(Array(Self.counter.utf8), to: "counter.c")
    let run = try Program.shell(
      """
      cd "\(folder.path)"
      clang -shared -fPIC -o counter.so counter.c -ldl || exit
      mkdir pocl
      export XDG_CACHE_HOME="$PWD" POCL_CACHE_DIR="$PWD/pocl" COMPILED="$PWD/compiled" KERNELS="$PWD/kernels"
      unset GPT2_GPU_CACHE
      for number in $(seq \(count)); do
        LD_PRELOAD=./counter.so "$PROGRAM" \(command) --device \(pocl) > out$number &
        jobs="$jobs $!"
      done
      for job in $jobs; do wait $job || exit; done
      """)
    run.check()
  }

  /// Who waits for another process that compiles finds its programs.
  @Test func ofStartsAtOnceOneCompilesEachProgram() throws {
    let folder = try TemporaryFolder()
    try start(4, in: folder, "generate 'My dream is' --seed 3 --max-new-tokens 2")
    #expect(try Set((1...4).map { try folder.read("out\($0)") }).count == 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("gpt2-gpu"))
    let programs = names.filter { $0.hasSuffix(".bin") }
    #expect(try !programs.isEmpty && folder.read("compiled").count == programs.count)
    #expect(try kernels(folder).contains("linear"))
  }

  /// What measures a device is compiled once too.
  @Test func ofBenchesAtOnceOneCompilesEachKernel() throws {
    let folder = try TemporaryFolder()
    try start(
      2, in: folder, "bench --batch 1 --prompt-tokens 4 --new-tokens 2 --repeat 1 --warm-up 0 --format csv")
    let kernels = try kernels(folder)
    #expect(kernels.isSuperset(of: ["copy_numbers", "read_numbers", "multiply_add", "linear"]), "\(kernels)")
  }

  /// The names of the kernels that were compiled: each once, while no other process could.
  private func kernels(_ folder: TemporaryFolder) throws -> Set<String> {
    let lines = try folder.read("kernels").split(separator: "\n")
    #expect(Set(lines).count == lines.count, "\(lines)")
    #expect(lines.allSatisfy { $0.hasPrefix("locked ") }, "\(lines)")
    return Set(lines.compactMap { $0.split(separator: "/").last?.dropLast(".so".count) }.map(String.init))
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
