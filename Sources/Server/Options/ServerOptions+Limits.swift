extension ServerOptions {
  /// How much is taken, and how long is waited.
  package struct Limits: Sendable {
    /// The most bytes of a body.
    package var body = 1 << 20
    /// The most bytes of all headers.
    package var header = 16 << 10
    package var connections = 1024
    /// The most headers.
    static let headerFields = 100
    /// From the first byte of a request to the end of its headers.
    package var headerTime = Duration.seconds(10)
    /// From there to the end of its body.
    package var bodyTime = Duration.seconds(30)
    /// How long a client may take no bytes.
    package var writeTime = Duration.seconds(30)
    /// Between signs of life to a client whose text has not begun.
    var pingTime = Duration.seconds(15)
    /// How long a connection may be without a request.
    package var idleTime = Duration.seconds(120)
    /// How long a request may wait for its start.
    package var queueTime = Duration.seconds(60)
    /// How long it may take in all.
    package var requestTime = Duration.seconds(600)
    /// How long what runs may go on once the server is told to stop.
    package var grace = Duration.seconds(30)

    package init() {}

    /// Connections that are accepted: those beyond the limit are told so, and closed.
    var accepted: Int { connections + Self.surplus(connections) }

    private static func surplus(_ connections: Int) -> Int { max(16, connections / 8) }

    /// Makes the connections so few that a process may have them all open.
    ///
    /// - Parameter files: How many files it may have open, connections among them.
    package mutating func fit(openFiles files: Int) {
      // For the model, drivers, the compiler that some run.
      let room = max(16, files - 256)
      connections = min(connections, room)  // or their sum with others would be no number
      if accepted > room { connections = max(1, min(room - 16, room * 8 / 9)) }
    }
  }
}
