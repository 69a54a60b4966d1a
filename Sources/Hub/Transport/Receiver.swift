internal import CCurl

/// What libcurl's calls back are about.
final class Receiver {
  var head = ResponseHead()
  /// Why the transfer was ended from here.
  var error: (any Error)?
  private let receive: Transfer.Receive
  private let isCancelled: () -> Bool
  private let patience: Double
  private var lastByte = ContinuousClock.now
  private var refusedByteCount = 0
  /// Whether the transfer was ended from here because its head says all that is wanted.
  private(set) var hasHeardEnough = false

  /// What is read of an answer that is none, so that its connection can be used again.
  private static let mostRefusedBytes = 1 << 20

  init(patience: Double, isCancelled: @escaping () -> Bool, _ receive: @escaping Transfer.Receive) {
    self.patience = patience
    self.isCancelled = isCancelled
    self.receive = receive
  }

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> Receiver? {
    pointer.map { Unmanaged<Receiver>.fromOpaque($0).takeUnretainedValue() }
  }

  static let onHeader: gpt2_curl_receive = { bytes, size, count, pointer in
    guard let receiver = of(pointer), let bytes else { return 0 }
    receiver.lastByte = .now
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    if receiver.head.add(String(decoding: line, as: UTF8.self)) { return size * count }
    receiver.error = TransferFailure(problem: "the server's headers have no end", isTemporary: false)
    return 0
  }

  static let onBody: gpt2_curl_receive = { bytes, size, count, pointer in
    guard let receiver = of(pointer), let bytes else { return 0 }
    receiver.lastByte = .now
    let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
    guard receiver.head.isSuccess else {
      receiver.refusedByteCount += part.count
      receiver.hasHeardEnough = receiver.refusedByteCount > Receiver.mostRefusedBytes
      return receiver.hasHeardEnough ? 0 : part.count
    }
    do {
      try receiver.receive(receiver.head, part)
      return part.count
    } catch {
      receiver.error = error
      return 0
    }
  }

  static let onProgress: gpt2_curl_progress = { pointer, _, _, _, _ in
    guard let receiver = of(pointer) else { return 1 }
    if receiver.isCancelled() {
      receiver.error = Cancelled()
    } else if (ContinuousClock.now - receiver.lastByte) / .seconds(1) > receiver.patience {
      receiver.error = TransferFailure(
        problem: "nothing came for \(Int(receiver.patience.rounded(.up))) s", isTemporary: true)
    }
    return receiver.error == nil ? 0 : 1
  }
}
