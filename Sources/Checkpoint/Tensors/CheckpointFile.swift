/// One of the files that hold a checkpoint's tensors.
public struct CheckpointFile: Sendable {
  /// How a file stores tensors.
  public enum Format: String, Sendable, CustomStringConvertible {
    case safetensors
    /// The zip form of `torch.save`, since 1.6.
    case pytorchZip = "PyTorch zip"
    /// The form of `torch.save` before 1.6.
    case pytorchLegacy = "PyTorch legacy"

    /// The format's name, for people.
    public var description: String { rawValue }
  }

  /// The file's name inside the model.
  public let name: String
  /// How the file stores tensors.
  public let format: Format
  /// The file's size.
  public let byteCount: Int
  /// How many tensors of each type the file holds, masks included.
  public let scalarTypes: [ScalarType: Int]
  /// The names that the file's pickle asked for, each of them allowed; empty for safetensors.
  public let globals: [String]

  /// The types and how many tensors have them, the commonest first: `148 float32, 12 uint8`.
  public var scalarTypeSummary: String {
    let counts = scalarTypes.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
    return counts.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }
}
