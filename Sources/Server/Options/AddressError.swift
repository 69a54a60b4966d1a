internal import NIOCore
internal import NIOPosix
internal import System

/// The address cannot be listened on.
package struct AddressError: Error, CustomStringConvertible {
  let address: ServerOptions.Address
  let problem: String

  package var description: String {
    switch address {
    case .host(let host, let port):
      "The server cannot listen on port \(port) of \(host): \(problem). Give another --host or --port; --port 0 takes "
        + "any free one."
    case .unixSocket(let path): "The server cannot listen on \(path): \(problem). Give another --unix-socket."
    }
  }

  /// What is wrong with an address; nil where the error is of something else.
  static func problem(_ error: any Error) -> String? {
    switch error {
    case let error as IOError: SystemError(code: error.errnoCode).description
    case is SocketAddressError.UnknownHost: "no host of that name is known"
    case SocketAddressError.unixDomainSocketPathTooLong: "the path is too long for a socket"
    case is SocketAddressError: "it is no address that can be used"
    case is UnixDomainSocketPathWrongType: "there is a file that is no socket"
    default: nil
    }
  }
}
