internal import CCurl
internal import System

/// libcurl, opened when something is first to be downloaded.
///
/// Sendable, because it only holds functions that any thread may call.
struct Curl: Sendable {
  let makeHandle: gpt2_curl_easy_init
  let reset: gpt2_curl_easy_of
  let freeHandle: gpt2_curl_easy_of
  let perform: gpt2_curl_easy_perform
  let appendLine: gpt2_curl_slist_append
  let freeLines: gpt2_curl_slist_free_all
  let makeURL: gpt2_curl_url
  let freeURL: gpt2_curl_url_cleanup
  let setURL: gpt2_curl_url_set
  let getURL: gpt2_curl_url_get
  let freeText: gpt2_curl_free
  private let describe: gpt2_curl_easy_strerror
  /// The address of a function that is called by those of CCurl alone.
  private let setOption: Address

  private struct Address: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
  }

  /// The library, once and for all threads; nil where there is none.
  private static let shared: Curl? = Curl()

  /// The library.
  ///
  /// - Throws: naming the package, where there is none.
  static func library() throws(HubError) -> Curl {
    guard let shared else {
      throw HubError(.network, "downloads need libcurl, which is not installed: apt install libcurl4 (or libcurl4t64)")
    }
    return shared
  }

  private init?() {
    let names = ["libcurl.so.4", "libcurl-gnutls.so.4"]
    guard
      let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW) }).first,
      let start = dlsym(library, "curl_global_init"), let makeHandle = dlsym(library, "curl_easy_init"),
      let reset = dlsym(library, "curl_easy_reset"), let freeHandle = dlsym(library, "curl_easy_cleanup"),
      let perform = dlsym(library, "curl_easy_perform"), let setOption = dlsym(library, "curl_easy_setopt"),
      let describe = dlsym(library, "curl_easy_strerror"), let appendLine = dlsym(library, "curl_slist_append"),
      let freeLines = dlsym(library, "curl_slist_free_all"), let makeURL = dlsym(library, "curl_url"),
      let freeURL = dlsym(library, "curl_url_cleanup"), let setURL = dlsym(library, "curl_url_set"),
      let getURL = dlsym(library, "curl_url_get"), let freeText = dlsym(library, "curl_free")
    else { return nil }
    // The addresses are those of C functions with these signatures.
    self.makeHandle = unsafeBitCast(makeHandle, to: gpt2_curl_easy_init.self)
    self.reset = unsafeBitCast(reset, to: gpt2_curl_easy_of.self)
    self.freeHandle = unsafeBitCast(freeHandle, to: gpt2_curl_easy_of.self)
    self.perform = unsafeBitCast(perform, to: gpt2_curl_easy_perform.self)
    self.describe = unsafeBitCast(describe, to: gpt2_curl_easy_strerror.self)
    self.appendLine = unsafeBitCast(appendLine, to: gpt2_curl_slist_append.self)
    self.freeLines = unsafeBitCast(freeLines, to: gpt2_curl_slist_free_all.self)
    self.makeURL = unsafeBitCast(makeURL, to: gpt2_curl_url.self)
    self.freeURL = unsafeBitCast(freeURL, to: gpt2_curl_url_cleanup.self)
    self.setURL = unsafeBitCast(setURL, to: gpt2_curl_url_set.self)
    self.getURL = unsafeBitCast(getURL, to: gpt2_curl_url_get.self)
    self.freeText = unsafeBitCast(freeText, to: gpt2_curl_free.self)
    self.setOption = Address(pointer: setOption)
    guard unsafeBitCast(start, to: gpt2_curl_global_init.self)(Int(GPT2_CURL_GLOBAL_DEFAULT)) == Int32(GPT2_CURLE_OK)
    else { return nil }
  }

  /// The library's words for a result.
  func words(for code: Int32) -> String { describe(code).map { String(cString: $0) } ?? "error \(code)" }

  // Results of setting options are not looked at: each is known to every version of the library.

  func set(_ handle: UnsafeMutableRawPointer, _ option: Int, _ value: Int) {
    _ = gpt2_curl_set_long(setOption.pointer, handle, Int32(option), value)
  }

  func set(_ handle: UnsafeMutableRawPointer, _ option: Int, _ value: String) {
    _ = gpt2_curl_set_text(setOption.pointer, handle, Int32(option), value)  // which copies it
  }

  func set(_ handle: UnsafeMutableRawPointer, _ option: Int, _ value: UnsafeMutableRawPointer?) {
    _ = gpt2_curl_set_pointer(setOption.pointer, handle, Int32(option), value)
  }

  func set(_ handle: UnsafeMutableRawPointer, _ option: Int, _ function: gpt2_curl_receive) {
    _ = gpt2_curl_set_receive(setOption.pointer, handle, Int32(option), function)
  }

  func set(_ handle: UnsafeMutableRawPointer, progress function: gpt2_curl_progress) {
    _ = gpt2_curl_set_progress(setOption.pointer, handle, Int32(GPT2_CURLOPT_XFERINFOFUNCTION), function)
  }
}
