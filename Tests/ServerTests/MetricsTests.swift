import Testing

@testable import Completions
@testable import Server

@Suite struct MetricsTests {
  @Test func countsAreThoseOfTheAnswers() async throws {
    let server = try await TestServer()
    var (prompt, new) = (0, 0)
    for (count, stream) in [(3, false), (5, false), (4, true)] {
      let answer = try await server.complete(
        #"{"prompt": [5, 6], "n": 2, "max_tokens": \#(count), "ignore_eos": true, "stream": \#(stream)}"#)
      #expect(answer.status == 200)
      (prompt, new) = (prompt + 2, new + 2 * count)
    }
    _ = try await server.complete("{}}")
    #expect(try await server.metric("gpt2_gpu_prompt_tokens_total") == Double(prompt))
    #expect(try await server.metric("gpt2_gpu_generated_tokens_total") == Double(new))
    let text = try await server.ask("GET", "/metrics")
    #expect(text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    for line in [
      #"gpt2_gpu_completions_total{model="tiny",finish_reason="length"} 6"#,
      #"gpt2_gpu_requests_total{model="tiny",route="/v1/completions",code="200"} 3"#,
      #"gpt2_gpu_requests_total{model="tiny",route="/v1/completions",code="400"} 1"#,
      #"gpt2_gpu_rejected_total{model="tiny",reason="invalid_json"} 1"#,
      #"gpt2_gpu_time_to_first_token_seconds_count{model="tiny"} 3"#,
      #"gpt2_gpu_generated_tokens_per_text_bucket{model="tiny",le="4.0"} 4"#,
      #"gpt2_gpu_info{version="test",model="tiny",device="mock",precision="fp32",revision=""} 1"#,
    ] {
      #expect(text.body.contains(line + "\n"), "\(line)")
    }
    #expect(try await server.stop())
  }

  @Test func histogramsCountUpToTheirBounds() {
    var histogram = Histogram([1, 2])
    for value in [0.5, 1, 1.5, 9] { histogram.observe(value) }
    #expect(
      histogram.samples("x", #"a="b""#) == """
        x_bucket{a="b",le="1.0"} 2
        x_bucket{a="b",le="2.0"} 3
        x_bucket{a="b",le="+Inf"} 4
        x_sum{a="b"} 12.0
        x_count{a="b"} 4

        """)
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
  ])
  func dates(_ seconds: Int, _ text: String) { #expect(HTTPDate.text(secondsSince1970: seconds) == text) }

  @Test func percentEncoding() {
    #expect("org%2Fname"[...].percentDecoded == "org/name" && "a%C3%A9"[...].percentDecoded == "aé")
    for bad in ["%", "%2", "%zz", "%ff", "%+1"] { #expect(bad[...].percentDecoded == nil, "\(bad)") }
  }
}
