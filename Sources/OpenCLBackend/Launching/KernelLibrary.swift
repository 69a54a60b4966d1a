internal import Kernels
package import OpenCL

/// The kernels of one context, each compiled when first asked for.
package final class KernelLibrary {
  private struct ProgramKey: Hashable {
    let source: KernelSource
    let options: String
  }

  /// Whether kernels are compiled with the option that ``Kernel/argumentInfo()`` needs, so that bindings can be
  /// compared with declarations: for tests.
  let describesArguments: Bool

  private let context: Context
  private let cache: ProgramCache?
  private var programs: [ProgramKey: Program] = [:]
  /// What drivers compile of each source, with all that it includes.
  private var texts: [KernelSource: String] = [:]
  /// Where the cache keeps programs, or would: found by hashing a whole text each.
  private var files: [ProgramKey: String] = [:]
  /// Kernels of new programs that have not been launched, when a driver may compile them, and their programs.
  private var unlaunched: [ObjectIdentifier: ProgramKey] = [:]
  /// The functions of new programs that have been launched.
  private var launched: [ProgramKey: Set<String>] = [:]
  /// A ``KernelTable`` for each type of descriptor: a key of one type for all would be boxed at every launch.
  private var tables: [ObjectIdentifier: AnyObject] = [:]

  package init(_ context: Context, cache: ProgramCache?, describesArguments: Bool = false) {
    self.context = context
    self.cache = cache
    self.describesArguments = describesArguments
  }

  /// Texts to compile in place of those in the binary, in this task: tests break kernels on purpose.
  @TaskLocal static var replacements: [KernelSource: String] = [:]

  /// Leaves the kernels compiled so far for the next start.
  func keepPrograms() {
    guard let cache else { return }
    for program in programs.values { program.keep(in: cache) }
  }

  /// Whether `kernel` has not been launched yet, and its driver may compile it then.
  func isFirstLaunch(of kernel: Kernel) -> Bool {
    !unlaunched.isEmpty && unlaunched[ObjectIdentifier(kernel)] != nil
  }

  /// Hears that `kernel` has been launched for the first time. Where its program's kernels all have been, so that
  /// nothing is left to compile, the program is kept at once, for processes that wait to compile it.
  func finishFirstLaunch(of kernel: Kernel) throws {
    guard let key = unlaunched.removeValue(forKey: ObjectIdentifier(kernel)), let program = programs[key]
    else { return }
    launched[key, default: []].insert(kernel.name)
    guard let cache, CompilerLock.of(context.device) != nil else { return }
    if try launched[key]?.count == program.kernelCount { program.keep(in: cache) }
  }

  /// Acquires the lock to hold from before the program of `descriptor` is compiled until its kernel has been launched; nil
  /// where it is compiled, also by another process meanwhile, or its driver needs none.
  func compilerLock(for descriptor: some KernelDescriptor) throws -> CompilerLock? {
    let device = context.device, key = key(descriptor)
    guard let lock = CompilerLock.of(device), programs[key] == nil else { return nil }
    let file = try file(key)
    if isKept(file) { return nil }
    return Compilation.measure(for: device) { lock.acquire(unless: { isKept(file) }) } ? lock : nil
  }

  /// Whether the program of `descriptor` needs not be compiled: it has been, or is kept from an earlier start.
  func isCompiled(_ descriptor: some KernelDescriptor) throws -> Bool {
    let key = key(descriptor)
    if programs[key] != nil { return true }
    return isKept(try file(key))
  }

  /// The kernel that `descriptor` describes, where it was asked for before.
  func knownKernel<Descriptor: KernelDescriptor>(_ descriptor: Descriptor) -> Kernel? {
    (tables[ObjectIdentifier(Descriptor.self)] as? KernelTable<Descriptor>)?.kernels[descriptor]
  }

  /// The kernel that `descriptor` describes.
  func kernel<Descriptor: KernelDescriptor>(_ descriptor: Descriptor) throws -> Kernel {
    let type = ObjectIdentifier(Descriptor.self)
    let table = tables[type] as? KernelTable<Descriptor> ?? KernelTable()
    if let kernel = table.kernels[descriptor] { return kernel }
    let key = key(descriptor)
    let program =
      try programs[key] ?? Program(context, source: text(key), options: key.options, cache: cache)
    let kernel = try program.kernel(named: descriptor.function)
    if program.isNew { unlaunched[ObjectIdentifier(kernel)] = key }
    programs[key] = program
    table.kernels[descriptor] = kernel
    tables[type] = table
    return kernel
  }

  private func text(_ key: ProgramKey) throws -> String {
    if let known = texts[key.source] { return known }
    let program = try key.source.program(replacing: Self.replacements)
    let text = declares(key.source) ? KernelSource.declarations.text + program : program
    texts[key.source] = text
    return text
  }

  /// Where the cache keeps a program, or would; nil without a cache.
  private func file(_ key: ProgramKey) throws -> String? {
    guard let cache else { return nil }
    if let known = files[key] { return known }
    let file = try cache.file(source: text(key), options: key.options, for: context.device)
    files[key] = file
    return file
  }

  private func isKept(_ file: String?) -> Bool { file.map { ProgramCache.holds(file: $0) } ?? false }

  /// Whether a program brings the declarations of what it calls with it.
  private func declares(_ source: KernelSource) -> Bool {
    context.device.compilerReadsDeclarations && !source.path.hasPrefix("simt/")
  }

  private func key(_ descriptor: some KernelDescriptor) -> ProgramKey {
    // Without -w, PoCL counts the warnings of vectors wider than the processor's on standard error.
    var options = ["-cl-std=\(descriptor.language.rawValue)", "-w"]
    options += descriptor.definitions.map { "-D \($0.name)=\($0.value)" }
    // NVIDIA's compiler would rather have many work-items on a unit than many loads under way in each.
    if descriptor.registers > 0, context.device.compilerLimitsRegisters {
      options.append("-cl-nv-maxrregcount=\(descriptor.registers)")
    }
    // The guard of clang's header of built-in functions.
    if declares(descriptor.source) { options.append("-D _OPENCL_H_") }
    if describesArguments { options.append("-cl-kernel-arg-info") }
    return ProgramKey(source: descriptor.source, options: options.joined(separator: " "))
  }
}

/// Kernels of one type of descriptor.
private final class KernelTable<Descriptor: KernelDescriptor> {
  var kernels: [Descriptor: Kernel] = [:]
}

extension Device {
  /// Whether the compiler can be told how many registers a work-item may have.
  var compilerLimitsRegisters: Bool { extensions.contains("cl_nv_compiler_options") }

  /// Whether the compiler reads clang's header of all built-in functions for each program, 0.13 of the 0.15 s that its
  /// front end takes for a small one, and does without. Another version of PoCL has to be tried first.
  var compilerReadsDeclarations: Bool {
    platformName == "Portable Computing Language" && driverVersion.hasPrefix("3.1")
  }
}
