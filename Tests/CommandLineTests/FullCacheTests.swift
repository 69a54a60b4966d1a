import Foundation
import JSON
import OpenCL
import TestSupport
import Testing

/// The beginning of the name of PoCL's device, whose programs are kept here.
private let pocl = "pthread"

/// A disk that is full, or becomes so, while compiled kernels are kept.
@Suite(.enabled(if: Devices.all.contains { $0.name.hasPrefix(pocl) }, "PoCL offers no device here."))
struct FullCacheTests {
  /// Stands before the C library: regular files take ROOM bytes in all of what Foundation writes, not PoCL.
  private static let disk = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/stat.h>
    #include <unistd.h>

    ssize_t write(int file, const void *bytes, size_t count) {
      static long room = -1;
      struct stat status;
      Dl_info caller;
      if (count > 0 && dladdr(__builtin_return_address(0), &caller) && strstr(caller.dli_fname, "libFoundation") &&
          !fstat(file, &status) && S_ISREG(status.st_mode)) {
        if (room < 0) room = atol(getenv("ROOM"));
        if (room == 0) {
          errno = ENOSPC;
          return -1;
        }
        if (count > (size_t)room) count = (size_t)room;
        room -= (long)count;
      }
      return ((__typeof__(write) *)dlsym(RTLD_NEXT, "write"))(file, bytes, count);
    }

    """

  /// Standard output is a pipe, which has room.
  @Test(arguments: [0, 1, 30_000, 150_000])
  func theTextIsWholeAndWhatIsKeptToo(room: Int) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Array(Self.disk.utf8), to: "disk.c")
    try Program.shell(#"cd "\#(folder.path)"; clang -shared -fPIC -o disk.so disk.c -ldl"#).check()
    func start(_ cache: String, preloading: Bool = false) throws -> Program.Run {
      let run = try Program.shell(
        """
        cd "\(folder.path)"; export GPT2_GPU_CACHE=\(cache)
        { \(preloading ? "ROOM=\(room) LD_PRELOAD=./disk.so" : "") "$PROGRAM" generate "My dream is" --seed 3 \
        --max-new-tokens 2 --format json --device \(pocl); echo $? > status; } | cat
        exit "$(cat status)"
        """)
      run.check()
      return run
    }
    func kept(_ cache: String) throws -> Set<String> {
      Set(try FileManager.default.contentsOfDirectory(atPath: folder.path(cache))).subtracting(["probes", "tuning"])
    }
    let wanted = try start("whole")
    let full = try start("full", preloading: true)
    #expect(try full.json["sequences"]?.text == wanted.json["sequences"]?.text)
    #expect(full.errors.contains("full has no room to keep compiled kernels"), "\(full.errors)")
    #expect(!wanted.errors.contains("no room"), "\(wanted.errors)")
    // No part of a file.
    let programs = try kept("whole")
    #expect(try !programs.isEmpty && kept("full").isStrictSubset(of: programs))

    let next = try start("full")
    #expect(try next.json["sequences"]?.text == wanted.json["sequences"]?.text)
    #expect(try kept("full") == programs && next.json["timings"]?["compile_s"]?.number ?? 0 > 0)
    #expect(try start("full").json["timings"]?["compile_s"]?.number == 0)
  }
}
