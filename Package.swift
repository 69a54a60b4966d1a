// swift-tools-version: 6.2
import PackageDescription

/// The rules every Swift target is held to.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// A target imports only targets declared above it.
let package = Package(
  name: "gpt2-gpu",
  products: [
    .library(name: "GPT2", targets: ["GPT2", "Checkpoint", "Tokenizer", "OpenCL"]),
    .executable(name: "gpt2-gpu", targets: ["gpt2-gpu"]),
    // What 'gpt2-gpu serve' starts: a program of its own, so that the other builds without a web server's packages.
    .executable(name: "gpt2-gpu-server", targets: ["gpt2-gpu-server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // For the server alone.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // For 'make docs' alone: nothing of it is built otherwise.
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL",
      providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers"])]),
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CCurl"),
    .target(name: "CHost"),
    // The C library, and what else touches the system; hashes and number formats.
    .target(name: "System", dependencies: ["CHost"], swiftSettings: settings),
    .target(name: "OpenCL", dependencies: ["COpenCL", "System"], swiftSettings: settings),

    // The .cl files and the demo model, carried inside the binary by C23 #embed.
    .target(name: "CKernels", path: "Kernels"),
    .target(name: "CDemoModel", path: "Models", exclude: ["demo"]),
    .target(name: "Kernels", dependencies: ["CKernels"], swiftSettings: settings),

    .target(name: "JSON", swiftSettings: settings),
    .target(name: "Checkpoint", dependencies: ["JSON", "System"], swiftSettings: settings),
    // The Hub's protocol, its cache, and what is downloaded of a repository.
    .target(name: "Hub", dependencies: ["CCurl", "Checkpoint", "JSON", "System"], swiftSettings: settings),
    // What characters decompose into, carried inside the binary likewise.
    .target(name: "CUnicode", exclude: ["decompositions.txt"]),
    .target(name: "Tokenizer", dependencies: ["CUnicode", "JSON"], swiftSettings: settings),
    // What chooses tokens: knows logits, neither models nor devices.
    .target(name: "Sampling", dependencies: ["System"], swiftSettings: settings),
    // The operations that a model asks of a device.
    .target(name: "Backend", dependencies: ["Sampling", "Checkpoint"], swiftSettings: settings),
    .target(
      name: "CPUBackend", dependencies: ["COpenBLAS", "Backend", "Sampling", "Checkpoint", "System"],
      swiftSettings: settings),
    .target(
      name: "OpenCLBackend",
      dependencies: ["OpenCL", "Kernels", "Backend", "Sampling", "Checkpoint", "JSON", "System"],
      swiftSettings: settings),
    // The model, and what runs requests of token ids through it: knows neither text nor drivers.
    .target(name: "Engine", dependencies: ["Backend", "Sampling", "Checkpoint", "System"], swiftSettings: settings),
    // The library's face.
    .target(
      name: "GPT2",
      dependencies: [
        "Engine", "OpenCLBackend", "CPUBackend", "Backend", "Sampling", "OpenCL", "CDemoModel", "Checkpoint",
        "Tokenizer", "JSON", "System",
      ],
      swiftSettings: settings),
    .target(
      name: "Diagnosis",
      dependencies: [
        "GPT2", "Engine", "OpenCLBackend", "CPUBackend", "Backend", "Sampling", "OpenCL", "Kernels", "Checkpoint",
        "JSON", "System",
      ],
      swiftSettings: settings),
    // What /v1/completions and its like ask and answer, as JSON: knows neither files of jobs nor sockets.
    .target(
      name: "Completions",
      dependencies: ["GPT2", "Engine", "Sampling", "Checkpoint", "Tokenizer", "JSON", "System"],
      swiftSettings: settings),
    .target(
      name: "Batch",
      dependencies: [
        "Completions", "GPT2", "Engine", "Backend", "Sampling", "Checkpoint", "Tokenizer", "JSON", "System",
      ],
      swiftSettings: settings),
    .target(
      name: "Benchmarking",
      dependencies: [
        "GPT2", "Engine", "OpenCLBackend", "CPUBackend", "Backend", "Sampling", "OpenCL", "Kernels", "Checkpoint",
        "Tokenizer", "JSON", "System",
      ],
      swiftSettings: settings),
    // The command line: flags, tables, messages, exit codes.
    .target(
      name: "CLI",
      dependencies: [
        "Batch", "Benchmarking", "Diagnosis", "GPT2", "Engine", "OpenCLBackend", "Backend", "Sampling", "OpenCL", "Hub",
        "Checkpoint", "Tokenizer", "JSON", "System",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(name: "gpt2-gpu", dependencies: ["CLI"], swiftSettings: settings),
    // The page's files, carried inside the binary likewise.
    .target(name: "CWebPage", exclude: ["files"]),
    // One model over HTTP.
    .target(
      name: "Server",
      dependencies: [
        "CWebPage", "Completions", "GPT2", "Engine", "Backend", "Sampling", "Checkpoint", "Tokenizer", "JSON", "System",
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "gpt2-gpu-server", dependencies: ["CLI", "Server", "Completions", "GPT2", "System"], swiftSettings: settings
    ),

    .testTarget(name: "SystemTests", dependencies: ["System"], swiftSettings: settings),
    // What several test targets share. Test targets mirror the targets that they test, but for one: whatever runs on the
    // backends of this machine shares them, and so stands together in BackendTests.
    .target(
      name: "TestSupport",
      dependencies: ["Backend", "Sampling", "OpenCL", "Checkpoint", "Tokenizer", "JSON", "System"],
      path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: settings),
    .testTarget(name: "OpenCLTests", dependencies: ["TestSupport", "OpenCL"], swiftSettings: settings),
    .testTarget(
      name: "KernelsTests",
      dependencies: ["TestSupport", "OpenCLBackend", "Backend", "Sampling", "OpenCL", "Kernels"],
      swiftSettings: settings),
    .testTarget(
      name: "CheckpointTests", dependencies: ["TestSupport", "Checkpoint", "JSON"], swiftSettings: settings),
    .testTarget(
      name: "HubTests", dependencies: ["TestSupport", "Hub", "Checkpoint", "JSON"], swiftSettings: settings),
    .testTarget(
      name: "TokenizerTests", dependencies: ["TestSupport", "Tokenizer", "System"], exclude: ["Fixtures"],
      swiftSettings: settings),
    .testTarget(name: "SamplingTests", dependencies: ["TestSupport", "Sampling"], swiftSettings: settings),
    .testTarget(name: "CPUBackendTests", dependencies: ["CPUBackend"], swiftSettings: settings),
    .testTarget(
      name: "EngineTests", dependencies: ["TestSupport", "Engine", "Backend", "Sampling", "OpenCL", "Checkpoint"],
      swiftSettings: settings),
    .testTarget(
      name: "GPT2Tests",
      dependencies: [
        "TestSupport", "GPT2", "Engine", "Backend", "Sampling", "OpenCL", "Checkpoint", "Tokenizer", "JSON",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "BackendTests",
      dependencies: [
        "TestSupport", "Diagnosis", "GPT2", "Engine", "OpenCLBackend", "CPUBackend", "Backend", "Sampling", "OpenCL",
        "Kernels", "Checkpoint", "Tokenizer", "JSON", "System",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "DiagnosisTests",
      dependencies: [
        "TestSupport", "Diagnosis", "GPT2", "OpenCLBackend", "CPUBackend", "Backend", "OpenCL", "Kernels", "Checkpoint",
        "JSON",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CompletionsTests",
      dependencies: ["TestSupport", "Completions", "GPT2", "Engine", "Sampling", "Checkpoint", "Tokenizer", "JSON"],
      swiftSettings: settings),
    .testTarget(
      name: "BatchTests",
      dependencies: [
        "TestSupport", "Batch", "Completions", "GPT2", "Engine", "Backend", "Sampling", "OpenCL", "Checkpoint",
        "Tokenizer", "JSON",
        "System",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "BenchmarkingTests",
      dependencies: [
        "Benchmarking", "GPT2", "Engine", "OpenCLBackend", "CPUBackend", "Backend", "Sampling", "OpenCL", "Checkpoint",
        "Tokenizer", "JSON",
      ],
      swiftSettings: settings),
    // By itself, as whoever imports NIO has its sockets in place of the system's.
    .testTarget(name: "ServerChannelTests", dependencies: ["Server"], swiftSettings: settings),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "TestSupport", "Server", "Completions", "GPT2", "Engine", "Sampling", "Checkpoint", "Tokenizer", "JSON",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "TestSupport", "CLI", "gpt2-gpu", "GPT2", "Engine", "OpenCLBackend", "Backend", "Sampling", "OpenCL", "JSON",
      ],
      swiftSettings: settings),
  ]
)

// Readers under a fuzzer, for its runs alone: .ci/fuzz builds them, with coverage measured.
if Context.environment["GPT2_GPU_FUZZERS"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzzers", dependencies: ["Batch", "Completions", "GPT2", "Hub", "Checkpoint", "Tokenizer", "JSON"],
      path: "Tests/Fuzzers", exclude: ["Corpus"], swiftSettings: settings))
}

// Tests run up to ten times as fast on optimized code, and checks of conditions stay: '.ci/build tests'. Such flags are
// not for packages that depend on this one.
if Context.environment["GPT2_GPU_OPTIMIZED"] != nil {
  for target in package.targets where target.type == .regular && target.swiftSettings != nil {
    target.swiftSettings? += [.unsafeFlags(["-O", "-assert-config", "Debug"])]
  }
}
