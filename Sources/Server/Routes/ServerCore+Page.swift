internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore

extension ServerCore {
  /// The page's files, and what it asks for first.
  func addPage(to routes: inout RouteTable) {
    for file in WebPage.files {
      routes.add(.get, file.path, needsKey: false) { Self.response(file, $0) }
    }
    routes.add(.get, "/widget.json") { _ in .json(try lifecycle.model().widget) }
  }

  /// A file, unless the client has it already.
  private static func response(_ file: WebPage.File, _ exchange: Exchange) -> Response {
    var headers: HTTPFields = [.eTag: file.entityTag, .contentType: file.contentType]
    for (name, value) in WebPage.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
    let known = exchange.request.headers[.ifNoneMatch] ?? ""
    if known.split(separator: ",").contains(where: { $0.filter { $0 != " " }.hasSuffix(file.entityTag) }) {
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
  }
}
