internal import Backend
internal import OpenCL

extension OpenCLError: DeviceFailure {}
