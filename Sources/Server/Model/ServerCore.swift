/// What all routes share.
struct ServerCore: Sendable {
  let options: ServerOptions
  let metrics = ServerMetrics()
  let lifecycle = Lifecycle()
  let log: ServerLog
}
