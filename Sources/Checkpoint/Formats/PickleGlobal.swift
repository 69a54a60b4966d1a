/// The only names a pickle may ask for: those that PyTorch writes into a state_dict of plain tensors.
///
/// They are never looked up or called; the reader acts on the case. Storage classes are named for their elements.
enum PickleGlobal: Hashable {
  case orderedDictionary
  case rebuildTensor, rebuildTensorV2, rebuildTensorV3
  case rebuildParameter, parameter
  case storage(ScalarType)
  /// What a storage of bytes holds, for the third function.
  case type(ScalarType)
  /// Makes a value that holds no weights, whatever it is called with.
  case plain

  /// The case of each allowed name.
  static let named: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDictionary,
    "torch._utils._rebuild_tensor": .rebuildTensor,
    "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
    "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
    "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch.nn.parameter.Parameter": .parameter,
    "torch.FloatStorage": .storage(.float32),
    "torch.HalfStorage": .storage(.float16),
    "torch.BFloat16Storage": .storage(.bfloat16),
    "torch.DoubleStorage": .storage(.float64),
    "torch.LongStorage": .storage(.int64),
    "torch.IntStorage": .storage(.int32),
    "torch.ShortStorage": .storage(.int16),
    "torch.CharStorage": .storage(.int8),
    "torch.ByteStorage": .storage(.uint8),
    "torch.BoolStorage": .storage(.bool),
    "torch.ComplexFloatStorage": .storage(.complex64),
    "torch.ComplexDoubleStorage": .storage(.complex128),
    "torch.storage.UntypedStorage": .storage(.uint8),
    // What training code keeps beside the weights; torch.load takes them too.
    "torch.Size": .plain,
    "torch.device": .plain,
    "builtins.set": .plain,
    "__builtin__.set": .plain,
    "collections.Counter": .plain,
    "_codecs.encode": .plain,  // bytes, in protocol 2
    "torch.float32": .type(.float32),
    "torch.float16": .type(.float16),
    "torch.bfloat16": .type(.bfloat16),
    "torch.float64": .type(.float64),
    "torch.int64": .type(.int64),
    "torch.int32": .type(.int32),
    "torch.int16": .type(.int16),
    "torch.int8": .type(.int8),
    "torch.uint8": .type(.uint8),
    "torch.bool": .type(.bool),
    "torch.uint16": .type(.uint16),
    "torch.uint32": .type(.uint32),
    "torch.uint64": .type(.uint64),
    "torch.float8_e4m3fn": .type(.float8),
    "torch.float8_e4m3fnuz": .type(.float8),
    "torch.float8_e5m2": .type(.float8),
    "torch.float8_e5m2fnuz": .type(.float8),
    "torch.float8_e8m0fnu": .type(.float8),
  ]
}
