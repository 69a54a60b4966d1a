internal import HTTPTypes
internal import HummingbirdCore

/// What is at a path.
struct Route: Sendable {
  /// By the method; HEAD is that of GET.
  var methods: [HTTPRequest.Method: Method] = [:]

  struct Method: Sendable {
    /// Whether a key is asked for, where there are any.
    let needsKey: Bool
    let errors: ErrorForm
    let answer: @Sendable (Exchange) async throws -> Response
  }

  /// For messages and headers.
  var allowed: [String] {
    (methods.keys.map(\.rawValue) + (methods[.get] == nil ? [] : ["HEAD"]) + ["OPTIONS"]).sorted()
  }
}

/// The routes of the server, by their paths.
struct RouteTable: Sendable {
  private var routes: [String: Route] = [:]
  /// Paths that one more part follows, which is not part of the name.
  private var parents: [String: Route] = [:]

  mutating func add(
    _ method: HTTPRequest.Method, _ paths: String..., needsKey: Bool = true, errors: ErrorForm = .openAI,
    answer: @escaping @Sendable (Exchange) async throws -> Response
  ) {
    let method = (method, Route.Method(needsKey: needsKey, errors: errors, answer: answer))
    for path in paths {
      if let parent = path.split(separator: "{").first, parent.count < path.count {
        parents[String(parent), default: Route()].methods[method.0] = method.1
      } else {
        routes[path, default: Route()].methods[method.0] = method.1
      }
    }
  }

  /// The route of a path, and its name.
  func route(_ path: String) -> (name: String, route: Route)? {
    if let route = routes[path] { return (path, route) }
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let parent = String(path[...slash])
    return parents[parent].map { (parent + "{id}", $0) }
  }
}
