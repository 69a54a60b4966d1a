import Testing

@testable import Checkpoint

/// URLs in the place of a model's name.
@Suite struct ModelAddressTests {
  @Test(arguments: [
    ("https://huggingface.co/acme/snap", "did you mean acme/snap?"),
    ("http://mirror.example/acme/snap/tree/v1", "did you mean acme/snap?"),
    ("HTTPS://huggingface.co/acme/snap/", "did you mean acme/snap?"),
    ("huggingface.co/acme/snap", "did you mean acme/snap?"), ("hf.co/acme/snap", "did you mean acme/snap?"),
    ("hf://acme/snap", "did you mean acme/snap?"), ("hf://models/acme/snap", "did you mean acme/snap?"),
    ("hf://acme/snap@v1", "did you mean acme/snap@v1?"),
    ("file:///srv/snap", "a folder is given by its path: /srv/snap"),
    ("https://huggingface.co/datasets/acme/snap", "it is an address of the scheme https, and a model is not fetched"),
    ("hf://datasets/acme/snap", "it is an address of the scheme hf, and a model is not fetched from one"),
    ("https://huggingface.co/acme", "it is an address of the scheme https, and a model is not fetched from one"),
    ("ftp://host/acme/snap", "it is an address of the scheme ftp, and a model is not fetched from one"),
    ("S3://bucket/snap", "it is an address of the scheme s3"), ("git+ssh://host/snap", "of the scheme git+ssh"),
    ("hf.co/acme", "it is an address, and a model is not fetched from one: give a folder, or its name on the Hub"),
  ])
  func areToldWhatToGive(_ address: String, advice: String) throws {
    let found = try #require(ModelAddress(address))
    #expect(found.advice.contains(advice), "\(found.advice)")
    #expect(found.adviceSentence.last == (advice.hasSuffix("?") ? "?" : "."))
    #expect(found.adviceSentence.first?.isUppercase == true)
  }

  @Test(arguments: [
    "acme/snap", "snap", "./snap", "/srv/snap", "c:\\snap", "a b://c", "://x", "1a://x", "", "hf/acme", "x:/y",
    String(repeating: "a", count: 38) + "://x",
  ])
  func otherNamesAreNone(_ name: String) { #expect(ModelAddress(name) == nil) }
}
