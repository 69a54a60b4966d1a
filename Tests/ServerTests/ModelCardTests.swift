internal import JSON
internal import Testing

@testable import Server

struct ModelCardTests {
  private func card(_ yaml: String) throws(ModelCardError) -> ModelCard {
    try ModelCard(parsing: Array("---\n\(yaml)\n---\n# A model\n".utf8))
  }

  private func problem(_ yaml: String) -> String? {
    do {
      _ = try card(yaml)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func examplesAreRead() throws {
    let card = try card(
      """
      language: en
      tags: [gpt2]
      widget:
      - text: "My dream is"
      - text: |
          ROMEO:
          *What* light
        example_title: Romeo & Juliet
        parameters: {temperature: 0.8, top_k: 40, do_sample: true}
      - text: 42
      - src: https://example.org/a.png
      - messages: [{role: user, content: hi}]
      - text: ""
      inference:
        parameters:
          temperature: 1.1
          max_new_tokens: 20
      """)
    #expect(card.examples.map(\.text) == ["My dream is", "ROMEO:\n*What* light\n", "42"])
    #expect(card.examples.map(\.title) == [nil, "Romeo & Juliet", nil])
    let parameters = JSON.object(card.examples[1].parameters)
    #expect(parameters["temperature"]?.number == 0.8)
    #expect(parameters["max_new_tokens"]?.integer == 20)
    #expect(parameters["do_sample"]?.boolean == true)
    #expect(JSON.object(card.examples[0].parameters)["temperature"]?.number == 1.1)
  }

  @Test(arguments: ["widget: false", "widget:", "widget: 3", "license: mit", "", "[]", "inference: false"])
  func thereNeedBeNone(_ yaml: String) throws { #expect(try card(yaml).examples.isEmpty) }

  @Test(arguments: ["", "# A model", "----\na: b\n---", "text\n---\na: b\n---\n", "--"])
  func thereNeedBeNoMetadata(_ text: String) throws {
    #expect(try ModelCard(parsing: Array(text.utf8)).examples.isEmpty)
  }

  @Test func linesMayEndAsOnWindowsAndBeginWithAMark() throws {
    let text = "\u{FEFF}---\r\nwidget:\r\n- text: hi\r\n---\r\nmore"
    #expect(try ModelCard(parsing: Array(text.utf8)).examples.map(\.text) == ["hi"])
  }

  @Test(arguments: [
    "widget: [", "a: b: c", "\ta: b", "a: 'b", "a: \u{1}", "widget: *nowhere", "a: 1\na: 2", "- a\nb: c", "%YAML 9",
    "a: \"\\ud800\"", "a: !<x", "--- a\n--- b",
  ])
  func whatIsNoYAMLIsAProblem(_ yaml: String) {
    let problem = problem(yaml)
    #expect(problem?.contains("README.md begins with what is not valid YAML") == true, "\(problem ?? "")")
  }

  @Test func theLineIsTheFiles() { #expect(problem("a: 1\nb: 'c")?.contains("in line 3") == true) }

  @Test func bytesThatAreNoTextAreAProblem() {
    #expect(throws: ModelCardError.self) { try ModelCard(parsing: Array("---\na: ".utf8) + [0xFF, 0x0A] + "---".utf8) }
    #expect(throws: ModelCardError.self) { try ModelCard(parsing: Array("---\na: b".utf8)) }
  }

  @Test func aBombOfAliasesIsRefused() {
    var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<10 {
      let list = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
      yaml += "a\(level): &a\(level) [\(list)]\n"
    }
    #expect(problem(yaml + "? *a9\n: 1")?.contains("more than 16 aliases") == true)
    // Wherever an alias may begin.
    for before in [" ", "\n", "[", "{", "? ", "\u{2028}", "\"k\":", ","] {
      #expect(problem("a: " + String(repeating: "\(before)*a", count: 17))?.contains("aliases") == true)
    }
  }

  /// Sixteen aliases of a long list are millions of values.
  @Test func aFewAliasesOfMuchAreRefused() {
    var yaml = "a: &a [\(String(repeating: "x,", count: 20_000))]\nb: &b [*a,*a,*a]\n"
    for (name, of) in [("c", "b"), ("d", "c"), ("e", "d"), ("f", "e")] {
      yaml += "\(name): &\(name) [*\(of),*\(of),*\(of)]\n"
    }
    #expect(problem(yaml)?.contains("more than 32768 values") == true)
  }

  /// YAML takes them for other things.
  @Test(arguments: ["Yes", "no", "1.10", "12:30", "007", ".inf", "1e400", "~x"])
  func textIsAsAPersonWroteIt(_ text: String) throws {
    let card = try card("widget:\n- text: \(text)\n  example_title: \(text)")
    #expect(card.examples.map(\.text) == [text] && card.examples.map(\.title) == [text])
  }

  @Test func aFewAliasesAreFollowed() throws {
    let card = try card("x: &x {temperature: 0.5}\nwidget:\n- text: a\n  parameters: *x\n- text: b\n  parameters: *x")
    #expect(card.examples.allSatisfy { JSON.object($0.parameters)["temperature"]?.number == 0.5 })
  }

  @Test(arguments: ["[", "{", "- ", "? ", "a: [", "{a: ", "[a, "])
  func depthIsBounded(_ opening: String) { #expect(problem(String(repeating: opening, count: 9000)) != nil) }

  @Test(arguments: [("[", "]"), ("{a: ", "}")])
  func depthIsBoundedWhereTheParserTakesIt(opening: String, closing: String) {
    let yaml = String(repeating: opening, count: 200) + String(repeating: closing, count: 200)
    #expect(problem(yaml)?.contains("nested too deep") == true)
  }

  @Test func keysThatAreNoNamesAreLeftOut() throws {
    #expect(try card("? [a, b]\n: 1\n? {{{{{{a: b}: c}}}}}\n: 2\nwidget: [x]").examples.map(\.text) == ["x"])
  }

  @Test func sizeIsBounded() throws {
    let line = "- text: \"abcdefghijklmnopqrstuvwxyz\"\n"
    let long = "widget:\n" + String(repeating: line, count: (1 << 16) / line.utf8.count + 1)
    #expect(problem(long)?.contains("64 KiB") == true)
    let many = try card("widget:\n" + String(repeating: "- text: a\n", count: 2000))
    #expect(many.examples.count == 24)
  }
}
