import Foundation
import JSON
import TestSupport
import Testing

@testable import Checkpoint

/// LoRA adapters of PEFT. Tests/Conformance/compare_with_peft.py compares whole models with PEFT itself.
@Suite struct AdapterTests {
  static let weight = "h.1.attn.c_attn"

  /// Small numbers that follow from the name, with fewer bits than bf16 has.
  private static func values(_ name: String, _ count: Int) -> [Double] {
    var state = name.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int(state >> 60) - 8) / 8
    }
  }

  private static func tensor(_ name: String, _ shape: [Int], _ type: ScalarType = .float32) -> StoredTensor {
    let view = TensorView(name, values(name, shape.reduce(1, *)), shape: shape, as: type)
    var tensor = StoredTensor(name, shape, type)
    tensor.bytes = view.bytes
    return tensor
  }

  static func base(_ type: ScalarType = .float32) -> ModelFiles {
    let tensors = Fixture.configuration.parameters.map { tensor($0.name, $0.shape, type) }
    return Fixture.model(["model.safetensors": SafetensorsWriter.file(tensors)])
  }

  static func json(_ fields: String = "") -> String {
    #"{"peft_type": "LORA", "r": 2, "lora_alpha": 16, "target_modules": ["c_attn"]\#(fields)}"#
  }

  /// The two matrices of a product.
  static func pair(
    _ module: String = weight, rank: Int = 2, _ shape: [Int] = [4, 12], _ type: ScalarType = .float32,
    prefix: String = "base_model.model.transformer.", suffix: String = "weight"
  ) -> [StoredTensor] {
    [
      tensor("\(prefix)\(module).lora_A.\(suffix)", [rank, shape[0]], type),
      tensor("\(prefix)\(module).lora_B.\(suffix)", [shape[1], rank], type),
    ]
  }

  static func adapter(_ tensors: [StoredTensor] = pair(), json: String = json()) -> ModelFiles {
    ModelFiles(
      name: "lora",
      files: [
        "adapter_config.json": FileData("lora/adapter_config.json", Array(json.utf8)),
        "adapter_model.safetensors": FileData("lora/adapter_model.safetensors", SafetensorsWriter.file(tensors)),
      ])
  }

  /// W + scaling · (B·A)ᵀ of a product (in, out).
  static func merged(_ module: String, _ shape: [Int], rank: Int, scaling: Double) -> [Double] {
    let (w, a, b) = (
      values("\(module).weight", shape[0] * shape[1]),
      values("base_model.model.transformer.\(module).lora_A.weight", rank * shape[0]),
      values("base_model.model.transformer.\(module).lora_B.weight", rank * shape[1])
    )
    return (0..<shape[0] * shape[1]).map { place in
      let (i, o) = (place / shape[1], place % shape[1])
      return w[place] + scaling * (0..<rank).reduce(0) { $0 + b[o * rank + $1] * a[$1 * shape[0] + i] }
    }
  }

  private static func floats(_ view: TensorView) -> [Double] {
    stride(from: 0, to: view.byteCount, by: view.scalarType.byteCount).map { offset in
      view.withBytes { bytes in
        switch view.scalarType {
        case .float16: Double(bytes.loadUnaligned(fromByteOffset: offset, as: Float16.self))
        case .bfloat16:
          Double(Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)) << 16))
        case .float64: bytes.loadUnaligned(fromByteOffset: offset, as: Double.self)
        default: Double(bytes.loadUnaligned(fromByteOffset: offset, as: Float.self))
        }
      }
    }
  }

  @Test(arguments: [ScalarType.float32, .float16, .bfloat16, .float64], [ScalarType.float32, .float16, .bfloat16])
  func mergesInTheTypeOfTheBase(_ type: ScalarType, _ adapterType: ScalarType) throws {
    let plain = try Checkpoint(files: Self.base(type))
    let adapter = Self.adapter(Self.pair(Self.weight, [4, 12], adapterType))
    let checkpoint = try Checkpoint(files: Self.base(type).adapted(by: adapter))
    for (tensor, before) in zip(checkpoint.tensors, plain.tensors) {
      #expect(tensor.name == before.name && tensor.scalarType == type && tensor.shape == before.shape)
      guard tensor.name == "\(Self.weight).weight" else {
        #expect(tensor.byteOffset == before.byteOffset && tensor.bytes == before.bytes)
        continue
      }
      let wanted = Self.merged(Self.weight, [4, 12], rank: 2, scaling: 8)
      // Eighths up to some dozens have more bits than bf16.
      let near = type == .bfloat16 ? 0x1p-8 : 0
      #expect(zip(Self.floats(tensor), wanted).allSatisfy { abs($0 - $1) <= near * abs($1) })
      #expect(tensor.bytes != before.bytes)
    }
    #expect(checkpoint.adapter?.adaptedCount == 1 && checkpoint.adapter?.productCount == 8)
    #expect(checkpoint.notices == ["The adapter lora, of 1 of 8 products, is merged into tiny."])
    #expect(checkpoint.files.map(\.name) == ["model.safetensors", "lora/adapter_model.safetensors"])
    #expect(plain.adapter == nil && plain.notices.isEmpty)
  }

  @Test(arguments: [
    ("", 8.0), (#", "use_rslora": true"#, 16 / 2.squareRoot()),
    (#", "alpha_pattern": {"h.1.attn.c_attn": 4}"#, 2), (#", "alpha_pattern": {"h.0.attn.c_attn": 4}"#, 8),
    (#", "alpha_pattern": {"^transformer\\.h\\.\\d+\\.attn\\.c_attn$": 4, "c_attn": 1}"#, 2),
    (#", "alpha_pattern": {".*attn": 4}"#, 2), (#", "rank_pattern": {"c_attn": 2}, "use_dora": false"#, 8),
    (#", "alpha_pattern": {"c_attn": 4, "c_attn": 8}"#, 4), (#", "layers_to_transform": [1]"#, 8),
    (#", "alpha_pattern": {"h\\.(0|1)\\.attn\\.c_[a-f]ttn": 4}"#, 2), (#", "layers_to_transform": 1"#, 8),
    (#", "layers_to_transform": [1, 7], "layers_pattern": "h""#, 8), (#", "exclude_modules": ["c_proj"]"#, 8),
    (#", "rank_pattern": {"c_fc": 7, "attn.c_attn": 2}"#, 8), (#", "exclude_modules": [], "layers_pattern": []"#, 8),
    (#", "bias": "none", "modules_to_save": null, "loftq_config": {}, "layer_replication": null, "new_field": []"#, 8),
  ])
  func scales(_ fields: String, by scaling: Double) throws {
    let adapter = Self.adapter(json: Self.json(fields))
    let checkpoint = try Checkpoint(files: Self.base().adapted(by: adapter))
    let found = Self.floats(try checkpoint.tensor("\(Self.weight).weight", shape: [4, 12]))
    let wanted = Self.merged(Self.weight, [4, 12], rank: 2, scaling: scaling)
    #expect(zip(found, wanted).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
  }

  @Test func everyProductAndEveryName() throws {
    let shapes = [
      "attn.c_attn": [4, 12], "attn.c_proj": [4, 4], "mlp.c_fc": [4, 16], "mlp.c_proj": [16, 4],
    ]
    let tensors = (0..<2).flatMap { layer in
      shapes.flatMap { Self.pair("h.\(layer).\($0.key)", rank: 3, $0.value) }
    }
    let json = #"{"peft_type": "LORA", "r": 3, "lora_alpha": 6, "target_modules": "all-linear"}"#
    let checkpoint = try Checkpoint(files: Self.base().adapted(by: Self.adapter(tensors, json: json)))
    #expect(checkpoint.adapter?.adaptedCount == 8)
    for layer in 0..<2 {
      for (name, shape) in shapes {
        let found = Self.floats(try checkpoint.tensor("h.\(layer).\(name).weight", shape: shape))
        #expect(found == Self.merged("h.\(layer).\(name)", shape, rank: 3, scaling: 2), "\(layer) \(name)")
      }
    }
    // As PEFT names them for a model without a head, and as its early versions did.
    for (prefix, suffix) in [("base_model.model.", "weight"), ("base_model.model.transformer.", "default.weight")] {
      let adapter = Self.adapter(Self.pair(prefix: prefix, suffix: suffix))
      #expect(try Checkpoint(files: Self.base().adapted(by: adapter)).adapter?.adaptedCount == 1)
    }
  }

  @Test func adaptersAreToldApart() throws {
    func fingerprint(_ adapter: ModelFiles) throws -> String? {
      try Checkpoint(files: Self.base().adapted(by: adapter)).adapter?.fingerprint
    }
    var changed = Self.pair()
    changed[1].bytes[20] ^= 0x80
    let all = [
      try fingerprint(Self.adapter()), try fingerprint(Self.adapter(changed)),
      try fingerprint(Self.adapter(json: Self.json(#", "use_rslora": true"#))),
    ]
    #expect(Set(all).count == 3)
    #expect(try fingerprint(Self.adapter()) == all[0])
  }

  @Test(arguments: [
    (#"{"peft_type": "IA3"}"#, "is an adapter of type IA3"), ("{}", "has no peft_type"), ("[]", "must be an object"),
    (json(#", "use_dora": true"#), "asks for use_dora"), (json(#", "bias": "all"#), "not valid JSON"),
    (json(#", "bias": "all""#), "trained biases (bias 'all')"), (json(#", "lora_bias": true"#), "asks for lora_bias"),
    (json(#", "modules_to_save": ["wte"]"#), "asks for modules_to_save"),
    (json(#", "trainable_token_indices": [1]"#), "asks for trainable_token_indices"),
    (json(#", "layer_replication": [[0, 1]]"#), "asks for layer_replication"),
    (json(#", "something_of_2027": 1"#), "asks for something_of_2027"),
    (json(#", "init_lora_weights": "pissa_niter_4""#), "init_lora_weights 'pissa_niter_4'"),
    (json(#", "alpha_pattern": {"h\\.(0|1)+\\.attn": 4}"#), "regular expression 'h\\.(0|1)+\\.attn'"),
    (json(#", "use_rslora": 1"#), "has use_rslora that is no boolean"),
    (json(#", "alpha_pattern": [1]"#), "has alpha_pattern that is no object"),
    (json(#", "rank_pattern": 5"#), "has rank_pattern that is no object"),
    (json(#", "rank_pattern": {"c_attn": 3}"#), "says r 3, but the matrices of transformer.h.1.attn.c_attn"),
    (json(#", "rank_pattern": {"c_fc": 2}"#).replacing(#""r": 2"#, with: #""r": 3"#), "says r 3, but the matrices"),
    (json(#", "kasa_config": {}"#), "asks for kasa_config"), (json(#", "bias": 1"#), "has bias that is no string"),
    (json(#", "init_lora_weights": 1"#), "has init_lora_weights that is no string"),
    (json(#", "init_lora_weights": "mica""#), "began with init_lora_weights 'mica', which is not supported"),
    (json().replacing(#"["c_attn"]"#, with: "5"), "has target_modules that are no names"),
    (json().replacing(#"["c_attn"]"#, with: #"["c_attn", 5]"#), "has target_modules that are no names"),
    (
      json().replacing(#"["c_attn"]"#, with: #"".*h\\.0.*""#),
      "does not name transformer.h.1.attn.c_attn among its target"
    ),
    (json(#", "exclude_modules": ["attn.c_attn"]"#), "names transformer.h.1.attn.c_attn among its exclude_modules"),
    (json(#", "exclude_modules": ".*(attn|mlp).*""#), "among its exclude_modules"),
    (json(#", "layers_to_transform": [0]"#), "does not name the layer of transformer.h.1.attn.c_attn"),
    (json(#", "layers_to_transform": 1, "layers_pattern": "layers""#), "does not name the layer of"),
    (json(#", "layers_to_transform": 1"#).replacing(#"["c_attn"]"#, with: #"".*""#), "no list of target_modules"),
    (json(#", "alpha_pattern": {"c_attn": "4"}"#), "no number in alpha_pattern"),
    (json(#", "r": 3"#).replacing(#""r": 2, "#, with: ""), "says r 3, but the matrices of transformer.h.1.attn.c_attn"),
    (json().replacing("c_attn", with: "c_fc"), "does not name transformer.h.1.attn.c_attn among its target_modules"),
  ])
  func refusesWhatItDoesNotKnow(_ json: String, sentence: String) {
    let found = message { () throws(CheckpointError) in
      try Checkpoint(files: Self.base().adapted(by: Self.adapter(json: json)))
    }
    #expect(found.contains(sentence) && found.contains("lora/adapter_"), "\(found)")
  }

  /// Files' tensors, and what is said of them.
  private static let otherTensors: [(tensors: [StoredTensor], sentence: String)] = {
    let magnitude = tensor("base_model.model.transformer.h.1.attn.c_attn.lora_magnitude_vector", [12])
    let embedding = tensor("base_model.model.transformer.wte.weight", [11, 4])
    let vector = tensor("base_model.model.transformer.h.1.attn.c_attn.lora_A.weight", [4])
    var cases: [(tensors: [StoredTensor], sentence: String)] = []
    cases.append(([], "holds no tensors"))
    cases.append(([pair()[0]], "but not lora_B"))
    cases.append(([pair()[1]], "but not lora_A"))
    cases.append((pair("h.1.attn.c_attn", [5, 12]), "do not fit tiny's weight of [4, 12]"))
    cases.append((pair("h.1.attn.c_attn", [12, 4]), "do not fit"))
    cases.append((pair("h.7.attn.c_attn"), "which tiny does not have"))
    cases.append((pair(rank: 13), "has matrices of rank 13"))
    cases.append(
      (pair("lm_head", prefix: "base_model.model."), "'base_model.model.lm_head.lora_A.weight', which is no"))
    for name in ["lora_embedding_A", "lora_embedding_B"] {
      let tensor = tensor("base_model.model.transformer.wte.\(name)", name.hasSuffix("A") ? [2, 11] : [4, 2])
      cases.append((pair() + [tensor], "'base_model.model.transformer.wte.\(name)', which is no"))
    }
    cases.append((pair("h.1.ln_1"), "no matrix of LoRA"))
    cases.append((pair("h.1.attn.c_attn", suffix: "bias"), "no matrix of LoRA"))
    cases.append((pair(prefix: "transformer."), "no matrix of LoRA"))
    cases.append((pair() + [embedding], "wte.weight', which is no matrix"))
    cases.append((pair() + [magnitude], "no matrix of LoRA"))
    cases.append((pair() + pair(prefix: "base_model.model."), "twice"))
    cases.append(([vector, pair()[1]], "where a matrix of floats is expected"))
    return cases
  }()

  @Test(arguments: otherTensors)
  func refusesOtherTensors(_ tensors: [StoredTensor], sentence: String) {
    let found = message { () throws(CheckpointError) in
      try Checkpoint(files: Self.base().adapted(by: Self.adapter(tensors)))
    }
    #expect(found.contains(sentence), "\(found)")
  }

  @Test func findsTheBaseOfAFolder() throws {
    let folder = try TemporaryFolder()
    let tensors = Fixture.configuration.parameters.map { Self.tensor($0.name, $0.shape) }
    for base in ["base", "hub/models--a--b/snapshots/c"] {
      try folder.write(Fixture.json.utf8, to: "\(base)/config.json")
      try folder.write(SafetensorsWriter.file(tensors), to: "\(base)/model.safetensors")
    }
    try folder.write("c".utf8, to: "hub/models--a--b/refs/main")
    try folder.write(SafetensorsWriter.file(Self.pair()), to: "lora/adapter_model.safetensors")
    let environment = ["HF_HUB_CACHE": folder.path("hub")]
    func locate(_ base: String) throws -> ModelFiles {
      try folder.write(Self.json(#", "base_model_name_or_path": "\#(base)""#).utf8, to: "lora/adapter_config.json")
      return try ModelFiles.locate(folder.path("lora")) { environment[$0] }
    }
    for base in [folder.path("base"), "../base", "/elsewhere/base", "elsewhere/base", "a/b"] {
      let files = try locate(base)
      #expect(files.name != folder.path("lora") && files.adapter?.name == folder.path("lora"), "\(base)")
      #expect(try Checkpoint(files: files).adapter?.adaptedCount == 1)
    }
    for (base, sentence) in [
      ("c/d", "is an adapter of 'c/d', which is not found"), ("", "does not say which model"),
      ("../lora", "is an adapter itself"),
    ] {
      let error = #expect(throws: CheckpointError.self) { _ = try locate(base) }
      #expect(error?.description.contains(sentence) == true, "\(String(describing: error))")
    }
    // Both named, which neither needs to know of the other.
    let both = try ModelFiles.locate(folder.path("base"), adapter: folder.path("lora")) { environment[$0] }
    #expect(both.name == folder.path("base") && both.adapter != nil)
    #expect(throws: CheckpointError.self) {
      _ = try ModelFiles.locate(folder.path("lora"), adapter: folder.path("lora")) { environment[$0] }
    }
    // The revision that it was trained on, in the Hub's cache.
    try folder.write("d".utf8, to: "hub/models--a--b/refs/v1")
    for name in ["config.json", "model.safetensors"] {
      try folder.write(
        Data(contentsOf: folder.url.appending(path: "base/\(name)")), to: "hub/models--a--b/snapshots/d/\(name)")
    }
    func snapshot(_ revision: String) throws -> String? {
      let fields = #", "base_model_name_or_path": "a/b", "revision": "\#(revision)""#
      try folder.write(Self.json(fields).utf8, to: "lora/adapter_config.json")
      return try ModelFiles.locate(folder.path("lora")) { environment[$0] }.name.split(separator: "/").last.map(
        String.init)
    }
    #expect(try snapshot("v1") == "d" && snapshot("main") == "c" && snapshot("") == "c")
    #expect(throws: CheckpointError.self) { _ = try snapshot("nope") }
    let long = #expect(throws: CheckpointError.self) { _ = try locate(String(repeating: "x", count: 5000)) }
    #expect(long?.description.hasSuffix("is an adapter whose base has a name of 5000 bytes") == true)
    let noModel = #expect(throws: CheckpointError.self) { _ = try locate(folder.path("hub")) }
    #expect(noModel?.description.contains("which is no model, as it has no config.json") == true)
    let empty = #expect(throws: CheckpointError.self) {
      _ = try ModelFiles.locate(nil, adapter: "") { environment[$0] }
    }
    #expect(empty?.description.contains("the adapter: its name is empty") == true)

    // A whole model beside the description of an adapter that is not there is a model.
    try folder.write(Self.json().utf8, to: "base/adapter_config.json")
    #expect(try ModelFiles.locate(folder.path("base")) { environment[$0] }.adapter == nil)
  }

  @Test(arguments: [
    ("c_attn", "transformer.h.0.attn.c_attn", true), ("attn", "transformer.h.0.attn.c_attn", false),
    ("h.0.attn.c_attn", "transformer.h.0.attn.c_attn", true),
    ("h.0.attn.c_attn", "transformer.h.10.attn.c_attn", false),
    ("^h.0", "transformer.h.0", false), ("^transformer.*0", "transformer.h.0", true), ("h.\\d+", "a.h.12", true),
    ("h.\\d+", "a.h.", false), ("h.\\d*", "a.h.", true), ("hx?", "a.h", true), ("hx?y*", "a.hxyy", true),
    ("hx?y*", "a.hxxy", false), ("(a|b).c", "x.b.c", true), ("(a|b).c", "x.d.c", false), ("h.[0-9]+", "a.h.12", true),
    ("h.[^0-1]", "a.h.1", false), ("c_(attn|(pro|f)j)", "a.c_fj", true), ("a|b", "x.b", true), ("[\\d_]x", "_x", true),
    ("(?:a|)b", "b", true), ("x.*.*.*.*y", "x" + String(repeating: "a.", count: 100), false), ("", "a.", true),
  ])
  func patternsAreThoseOfPEFT(_ pattern: String, name: String, isMatch: Bool) throws {
    #expect(try #require(AdapterPattern(pattern)).matches(name) == isMatch)
  }

  @Test func hostilePatternsTakeNoTime() throws {
    let many = (0..<513).map { #""c\#($0)": 1"# }.joined(separator: ", ")
    for (fields, sentence) in [
      (#", "alpha_pattern": {\#(many)}"#, "names more than 512 modules"),
      (#", "alpha_pattern": {"\#(String(repeating: "a*", count: 1000))": 1}"#, "holds a name of 2000 bytes"),
    ] {
      let found = message { () throws(CheckpointError) in
        try Checkpoint(files: Self.base().adapted(by: Self.adapter(json: Self.json(fields))))
      }
      #expect(found.contains(sentence), "\(found)")
    }
    // Each key is within its bounds, their alternatives are not.
    let groups = String(repeating: "(|)", count: 8)
    let keys = (0..<500).map { "\"\(groups)c\($0)\": 1" }.joined(separator: ", ")
    let found = message { () throws(CheckpointError) in
      try Checkpoint(
        files: Self.base().adapted(by: Self.adapter(json: Self.json(", \"alpha_pattern\": {\(keys)}"))))
    }
    #expect(found.contains("has the regular expression '(|)(|)"), "\(found)")
    let repeated = Array(repeating: #""c_attn": 16"#, count: 513).joined(separator: ", ")
    let twice = message { () throws(CheckpointError) in
      try Checkpoint(
        files: Self.base().adapted(by: Self.adapter(json: Self.json(", \"alpha_pattern\": {\(repeated)}"))))
    }
    #expect(twice.contains("names more than 512 modules"), "\(twice)")
    let pattern = try #require(AdapterPattern(String(repeating: "a*", count: 128)))
    #expect(!pattern.matches(String(repeating: "a", count: 10_000) + "b"))
  }

  @Test(arguments: [
    "(a|b)+", "a(*b)", "a|*b", "(a", "a)", "(?=a)", "[]", "[a", "[b-a]", "[ä]", "a{2}", "\\w", "a**", "a+?", "*", "a\\",
    "ä", "a b",
    String(repeating: "(a|b)", count: 20),
  ])
  func otherPatternsAreRefused(_ pattern: String) { #expect(AdapterPattern(pattern) == nil) }
}
