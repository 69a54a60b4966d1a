import Foundation
import TestSupport
import Testing

@testable import CLI

/// Files of clients' keys.
@Suite struct KeyFileTests {
  @Test func aLineIsAKey() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(" one\r\n\n\ttwo#2\n".utf8, to: "keys").path
    #expect(try ServeAddressOptions.keys(in: path) == ["one", "two#2"])
  }

  /// Whoever guesses a comment must not come in.
  @Test(arguments: [("one\n\n# alice\n", 3), ("#\n", 1), ("one\ntwo # bob\n", 2), ("a b", 1)])
  func whatIsNoKeyIsRefused(_ text: String, _ number: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text.utf8, to: "keys").path
    let error = #expect(throws: UsageError.self) { try ServeAddressOptions.keys(in: path) }
    #expect(error?.description.contains("Line \(number) of \(path) is no key") == true, "\(error?.description ?? "")")
  }
}
