import Foundation
import JSON
import Synchronization

/// A client on a plain socket, whose calls wait on threads of their own.
final class Client: Sendable {
  /// An answer.
  struct Answer: Sendable {
    var status: Int
    /// By their names in lowercase.
    var headers: [String: String]
    var body: String

    var json: JSON { get throws { try JSON(parsing: body) } }
    /// The error's code, where this is one of OpenAI's form.
    var code: String? { get throws { try json["error"]?["code"]?.string } }
    /// The data of its events.
    var events: [String] {
      body.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
    }
  }

  /// The server closed the connection before the end of an answer.
  struct Closed: Error {}
  /// What came is no answer.
  struct NoAnswer: Error {}

  private let descriptor: Int32
  /// What came after the last answer.
  private let rest = Mutex<[UInt8]>([])

  /// - Parameter receiveBuffer: How many bytes the system takes that are not read, about.
  init(port: Int, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 { throw Closed() }
  }

  deinit { close(descriptor) }

  /// Closes both sides.
  func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  func send(_ text: String) { send(Array(text.utf8)) }
  func send(_ bytes: [UInt8]) { _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// Sends a request.
  func send(_ method: String, _ path: String, _ headers: [String: String] = [:], body: String? = nil) {
    var text = "\(method) \(path) HTTP/1.1\r\n"
    var headers = headers
    if headers["Host"] == nil { headers["Host"] = "localhost" }
    if let body { headers["Content-Length"] = String(body.utf8.count) }
    for (name, value) in headers where !value.isEmpty { text += "\(name): \(value)\r\n" }
    send(text + "\r\n" + (body ?? ""))
  }

  /// Reads until the connection's end, or until there is `text`.
  ///
  /// - Parameter pause: How long it waits after each read.
  func read(until text: String? = nil, pause: UInt32 = 0) async throws -> String {
    try await onThread { [self] in
      var bytes = takeRest()
      let sought = text.map { Array($0.utf8) }
      while sought.map({ !bytes.contains($0) }) ?? true, let more = receive() {
        bytes += more
        usleep(pause)
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Reads an answer.
  func answer(hasBody: Bool = true) async throws -> Answer {
    try await onThread { [self] in try readAnswer(hasBody: hasBody) }
  }

  private func readAnswer(hasBody: Bool) throws -> Answer {
    var bytes = takeRest()
    func line() throws -> String {
      while true {
        if let end = bytes.firstIndex(of: 10) {
          let line = String(decoding: bytes[..<end], as: UTF8.self)
          bytes.removeFirst(end + 1)
          return line.trimmingCharacters(in: .newlines)
        }
        guard let more = receive() else { throw Closed() }
        bytes += more
      }
    }
    func take(_ count: Int) throws -> [UInt8] {
      while bytes.count < count {
        guard let more = receive() else { throw Closed() }
        bytes += more
      }
      defer { bytes.removeFirst(count) }
      return Array(bytes[..<count])
    }
    let words = try line().split(separator: " ")
    guard words.first == "HTTP/1.1", words.count > 1, let status = Int(words[1]) else { throw NoAnswer() }
    var headers: [String: String] = [:]
    while case let line = try line(), !line.isEmpty {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    if status == 100 {
      rest.withLock { $0 = bytes }
      return try readAnswer(hasBody: hasBody)
    }
    var body: [UInt8] = []
    if !hasBody || status == 204 {
    } else if headers["transfer-encoding"] == "chunked" {
      while let count = Int(try line(), radix: 16), count > 0 {
        body += try take(count)
        _ = try line()
      }
      _ = try line()
    } else {
      body = try take(headers["content-length"].flatMap { Int($0) } ?? 0)
    }
    rest.withLock { $0 = bytes }
    return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
  }

  private func takeRest() -> [UInt8] {
    rest.withLock { rest in
      defer { rest = [] }
      return rest
    }
  }

  /// What has come; nil at the end.
  private func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : nil
  }
}

/// Waits for what blocks on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
  }
}
