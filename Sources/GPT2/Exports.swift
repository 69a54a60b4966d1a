// One import gives all that the library's own declarations show.
@_exported public import Backend
@_exported public import Checkpoint
@_exported public import Engine
@_exported public import struct OpenCL.OpenCLError
@_exported public import OpenCLBackend
@_exported public import Sampling
@_exported public import Tokenizer
