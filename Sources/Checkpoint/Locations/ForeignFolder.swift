internal import JSON
internal import System

/// What a folder holds that is no model as this program reads it, and what to do: for the sentence that refuses it.
struct ForeignFolder {
  private let names: [String]
  private let adapterBase: String?

  init(_ files: ModelFiles) {
    names = files.names
    adapterBase = (try? files.json(named: "adapter_config.json"))?["base_model_name_or_path"]?.string
  }

  /// What is there and what to do, as the end of a sentence; nil where nothing is known of it.
  var hint: String? { Self.kinds.lazy.compactMap { $0(self) }.first }

  /// The kinds that are known, the surest first.
  private static let kinds: [@Sendable (ForeignFolder) -> String?] = [
    { folder in
      guard folder.has("adapter_config.json") else { return nil }
      let base = folder.adapterBase.map { " of \($0.prefix(96))" } ?? ""
      return "it holds an adapter\(base), not a whole model: give that as the model, and this as its adapter"
    },
    { folder in
      folder.first { $0.hasSuffix(".gguf") }.map {
        "it holds \($0), a file of llama.cpp: give the original model's folder"
      }
    },
    { folder in
      let isZeRO = folder.has("zero_to_fp32.py") || folder.first { $0.hasPrefix("global_step") } != nil
      return isZeRO ? "it is a checkpoint of DeepSpeed: run its zero_to_fp32.py first" : nil
    },
    { folder in
      folder.first { $0.hasPrefix("pytorch_model_fsdp") || $0.hasSuffix(".distcp") }
        .map { "it holds \($0), a checkpoint of FSDP: save the whole model first (accelerate merge-weights)" }
    },
    { folder in
      folder.has("tf_model.h5")
        ? "it holds tf_model.h5, weights of TensorFlow: save them with transformers 4 (from_tf=True, save_pretrained)"
        : nil
    },
    { folder in
      folder.has("flax_model.msgpack")
        ? "it holds flax_model.msgpack, weights of Flax: save them with transformers 4 (from_flax=True, save_pretrained)"
        : nil
    },
    { folder in
      folder.first {
        $0.hasSuffix(".ckpt.index") || $0.hasSuffix(".meta") || $0.hasPrefix("model-") && $0.hasSuffix(".index")
      }
      .map { "it holds \($0), a checkpoint of TensorFlow 1: convert it with transformers first" }
    },
    { folder in
      folder.first { $0.hasSuffix(".onnx") }.map { "it holds \($0), an ONNX model: give the original model's folder" }
    },
    { folder in
      folder.first { $0.hasSuffix(".ckpt") }
        .map { "it holds \($0), a checkpoint of Lightning: save the model inside it with save_pretrained" }
    },
    { folder in
      folder.has("ckpt.pt")
        ? "it holds ckpt.pt, a checkpoint as nanoGPT writes it: export it to transformers first" : nil
    },
    { folder in
      folder.latestCheckpoint.map { "it holds checkpoints of a training: give one of them, such as \($0)" }
    },
    { folder in
      folder.has("snapshots") && folder.has("refs")
        ? "it is a repository of the Hub's cache: give the model's name" : nil
    },
    { folder in
      let suffixes = [".safetensors", ".bin", ".pt", ".pth"]
      return folder.first { name in
        !["model.safetensors", "pytorch_model.bin"].contains(name) && suffixes.contains(where: name.hasSuffix)
      }
      .map { "it holds \($0), which is no name that weights have in the Hugging Face layout" }
    },
  ]

  private func has(_ name: String) -> Bool { names.contains(name) }

  private func first(_ isMatch: (String) -> Bool) -> String? { names.first(where: isMatch) }

  /// The folder of the Trainer's last checkpoint.
  private var latestCheckpoint: String? {
    let prefix = "checkpoint-"
    let steps = names.compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }
    return steps.max().map { "\(prefix)\($0)" }
  }
}

extension ModelFiles {
  /// A sentence about something that is missing, with what is there instead, where that is known.
  func missing(_ problem: String) -> CheckpointError {
    CheckpointError(name, problem + (ForeignFolder(self).hint.map { "; \($0)" } ?? ""))
  }
}
