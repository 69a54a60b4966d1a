internal import System
import Checkpoint
import Hub
import JSON

/// What `pull` prints of a model.
struct PullReport {
  let model: DownloadedModel
  let onlyLists: Bool
  let time: Duration

  /// The folder; where files are only listed, those, with what there is to fetch.
  var text: String {
    guard onlyLists else { return model.path + "\n" }
    var table = Table(headings: ["file", "size", "in the cache"])
    table.numbers = [1]
    for report in model.files {
      table.append(
        report.file.path, ByteSize(report.file.size).description, report.outcome == .present ? "yes" : "no")
    }
    return table.text
  }

  var json: JSON {
    [
      "model": .string(model.id.name), "revision": .string(model.id.revision), "commit": .string(model.commit),
      "path": .string(model.path),
      "files": .array(
        model.files.map { report in
          [
            "path": .string(report.file.path), "size": .integer(report.file.size),
            "hash": .string(report.file.hash.digits), "algorithm": .string(report.file.hash.algorithm.rawValue),
            "status": .string(report.outcome.rawValue), "fetched_bytes": .integer(report.fetchedBytes),
          ]
        }),
      "fetched_bytes": .integer(model.fetchedBytes), "seconds": .number(time / .seconds(1)),
    ]
  }
}
