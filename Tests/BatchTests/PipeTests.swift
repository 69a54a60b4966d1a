internal import System
import Dispatch
import Foundation
import Testing

@testable import Batch

/// Items and results through pipes.
@Suite struct PipeTests {
  /// A peer that sends an item only when the one before has been answered.
  @Test(.timeLimit(.minutes(60)), arguments: [false, true])
  func aLineIsAnsweredBeforeTheNextComes(_ isOrdered: Bool) throws {
    let folder = try JobFolder()
    let (items, results) = (folder.path("in"), folder.path("out"))
    try #require(mkfifo(items, 0o600) == 0 && mkfifo(results, 0o600) == 0)
    let isDone = DispatchSemaphore(value: 0)
    let url = folder.url
    DispatchQueue(label: "peer").async {
      defer { isDone.signal() }
      guard let sender = try? FileHandle(forWritingTo: url.appending(path: "in")),
        let receiver = try? FileHandle(forReadingFrom: url.appending(path: "out"))
      else { return }
      for number in 0..<20 {
        // In pieces, and with an item that cannot be used.
        let line = number == 7 ? "{}\n" : "{\"prompt\":\"\(number)\"}\n"
        for byte in line.utf8 { try? sender.write(contentsOf: [byte]) }
        let answer = receiver.availableData
        #expect(answer.last == 0x0A && String(decoding: answer, as: UTF8.self).contains("\"index\":\(number),"))
      }
      try? sender.close()
      #expect(receiver.availableData.isEmpty)
    }
    let summary = try folder.run { $0.isOrdered = isOrdered }
    #expect(summary.items == 20 && summary.errors == 1 && summary.results == nil)
    isDone.wait()
  }

  /// A job that waits for items can be interrupted.
  @Test(.timeLimit(.minutes(60)))
  func waitingIsInterrupted() throws {
    let folder = try JobFolder()
    try #require(mkfifo(folder.path("in"), 0o600) == 0)
    let descriptor = open(folder.path("in"), O_RDWR)
    defer { close(descriptor) }
    let interruption = Interruption()
    DispatchQueue(label: "signal").async {
      while !interruption.raise(2) { usleep(1000) }
    }
    #expect(try folder.run(interruption: interruption).interruption?.signal == 2)
  }
}
