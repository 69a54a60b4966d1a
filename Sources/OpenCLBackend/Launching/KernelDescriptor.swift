internal import Kernels

/// Everything that specialises a kernel, and so the key under which it is kept.
protocol KernelDescriptor: Hashable {
  /// The file that it is in, which includes the others it needs.
  var source: KernelSource { get }
  /// The function in it.
  var function: String { get }
  /// The values of the file's tuning parameters.
  var definitions: [(name: String, value: String)] { get }
  /// The most registers of a work-item, for compilers that can be told; 0 leaves it to them.
  var registers: Int { get }
  /// The language that it is compiled as.
  var language: KernelLanguage { get }
}

extension KernelDescriptor {
  var registers: Int { 0 }
  var language: KernelLanguage { .c12 }
}
