internal import NIOHTTP1

extension HTTPParserError {
  /// What is wrong with a request, as the end of a sentence.
  var problem: String {
    switch self {
    case .invalidMethod, .invalidConstant:
      "it begins with no method of HTTP, such as GET or POST (this server has no TLS: its URLs begin with http://)"
    case .invalidURL: "what follows the method is no path, such as /v1/completions"
    case .invalidVersion: "its first line does not end with HTTP/1.1, or HTTP/1.0, and CR LF"
    case .lfExpected: "a line ends with CR alone, not with CR LF"
    case .invalidHeaderToken: "a header has a character that may not stand there, or a space before its colon"
    case .invalidContentLength: "its Content-Length is not one whole number"
    case .unexpectedContentLength: "it has two Content-Lengths, or one beside a Transfer-Encoding"
    case .invalidChunkSize: "the size of a chunk is no hexadecimal number that fits 64 bits"
    case .paused: "it begins as one of HTTP/2, which this server does not speak"
    case .invalidEOFState, .closedConnection: "it ends before it is whole"
    // The parser has one name for them.
    case .unknown:
      "its Transfer-Encoding stands beside a Content-Length or does not end with chunked, or a line of it does not end "
        + "with CR LF"
    default: "it is not as RFC 9112 has it"
    }
  }
}
