import Foundation
import TestSupport
import Testing

extension BatchCommandTests {
  /// Jobs on a device that fails on the way.
  @Suite(.serialized, .requiresDevice) struct FailingDeviceTests {
    /// Stands before the OpenCL library: refuses buffers of more than LARGEST bytes; once the file DONE has bytes, launches
    /// nothing.
    private static let driver = """
      #define _GNU_SOURCE
      #define CL_TARGET_OPENCL_VERSION 120
      #include <CL/cl.h>
      #include <dlfcn.h>
      #include <stdlib.h>
      #include <sys/stat.h>
      #define NEXT(routine) ((__typeof__(routine) *)dlsym(RTLD_NEXT, #routine))

      cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *status) {
        const char *largest = getenv("LARGEST");
        if (!largest || size <= strtoul(largest, NULL, 10))
          return NEXT(clCreateBuffer)(context, flags, size, host, status);
        if (status) *status = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
      }

      cl_int clEnqueueNDRangeKernel(
          cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset, const size_t *global,
          const size_t *local, cl_uint count, const cl_event *events, cl_event *event) {
        const char *done = getenv("DONE");
        struct stat file;
        if (done && stat(done, &file) == 0 && file.st_size > 0) return CL_OUT_OF_RESOURCES;
        return NEXT(clEnqueueNDRangeKernel)(queue, kernel, dimensions, offset, global, local, count, events, event);
      }

      """

    /// A folder with a job's items and the driver, and the lines that a sound device writes.
    private func job() throws -> (folder: TemporaryFolder, wanted: [String]) {
      let folder = try BatchCommandTests.folder(BatchCommandTests.items(100))
      _ = try folder.write(Array(Self.driver.utf8), to: "driver.c")
      try Program.shell(#"cd "\#(folder.path)"; clang -shared -fPIC -o driver.so driver.c -ldl"#).check()
      return (folder, try BatchCommandTests.run(folder, to: "wanted").sorted())
    }

    private func run(_ folder: TemporaryFolder, _ driver: String, _ options: String) throws -> Program.Run {
      try Program.shell(#"cd "\#(folder.path)"; \#(driver) "$PROGRAM" batch --in in --out out --seed 7 \#(options)"#)
    }

    @Test func itsFailureEndsTheJobWhichIsContinued() throws {
      let (folder, wanted) = try job()
      let failed = try run(folder, "DONE=out LD_PRELOAD=./driver.so", "--batch-size 4")
      #expect(failed.status == 5 && failed.errors.contains("clEnqueueNDRangeKernel"), "\(failed.errors)")
      #expect(failed.errors.contains("with --resume goes on from there"), "\(failed.errors)")
      let kept = try BatchCommandTests.lines(folder)
      #expect(!kept.isEmpty && Set(kept).isStrictSubset(of: wanted))
      let resumed = try run(folder, "", "--batch-size 4 --resume")
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try BatchCommandTests.lines(folder).sorted() == wanted)
    }

    /// 64 of the demo model's texts take 8 MiB for a layer's keys.
    @Test func withLessMemoryFewerTextsAreWrittenTogether() throws {
      let (folder, wanted) = try job()
      let run = try run(folder, "LARGEST=5000000 LD_PRELOAD=./driver.so", "--batch-size 64")
      #expect(run.status == 0 && run.errors.contains("32 texts are written together instead of 64"), "\(run.errors)")
      #expect(try BatchCommandTests.lines(folder).sorted() == wanted)
    }

    @Test func withoutMemoryTheJobEnds() throws {
      let (folder, _) = try job()
      let run = try run(folder, "LARGEST=100000 LD_PRELOAD=./driver.so", "")
      #expect(run.status == 5 && run.errors.contains("has no memory left"), "\(run.errors)")
    }
  }
}
