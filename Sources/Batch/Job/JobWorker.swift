package import Engine
internal import GPT2

/// One of the devices that write a job's texts.
///
/// What writes on a device is for one thread alone, so it is made on the thread that it works on.
package struct JobWorker: Sendable {
  /// What writes texts.
  package struct Writer {
    /// Runs a source's requests, as `TextGenerator.run` does.
    let run: (any RequestSource, (GenerationEvent) throws -> Bool) throws -> RunStatistics
    /// Called when the texts are out and the job has gone well.
    let end: () -> Void

    /// What writes by `run`, and is through after `end`.
    package init(
      run: @escaping (any RequestSource, (GenerationEvent) throws -> Bool) throws -> RunStatistics,
      end: @escaping () -> Void = {}
    ) {
      self.run = run
      self.end = end
    }
  }

  /// The device, for people.
  package let name: String
  /// Loads the model.
  let load: @Sendable () throws -> Writer

  /// A device that `load` puts the model onto.
  package init(_ name: String, load: @escaping @Sendable () throws -> Writer) {
    self.name = name
    self.load = load
  }
}

/// What a device did for a job that several worked on.
package struct DeviceShare: Sendable {
  /// The device, for people.
  package var name: String
  /// Items that it wrote a line for.
  package var items: Int
  /// Tokens that it chose, those of unfinished items among them.
  package var newTokens: Int
  /// Its times; nil where it did not come to the end.
  package var statistics: RunStatistics?

  /// What it did, as a part of a sentence.
  var text: String {
    var text = "\(name) \(items.counted("item")), \(newTokens.counted("token"))"
    if let statistics { text += ", " + statistics.text }
    return text
  }
}

/// A device that failed while others go on with its work.
package struct DeviceLoss: Sendable, CustomStringConvertible {
  /// The device, for people.
  package let name: String
  /// What the device said.
  package let error: any Error
  /// Items that it had begun.
  package let unfinished: Int

  /// A sentence for a person.
  package var description: String {
    let work = unfinished > 0 ? "; the others take over its \(unfinished.counted("unfinished item"))" : ""
    return "The device \(name) failed, and the job goes on without it\(work). \(error)"
  }
}

extension RunStatistics {
  /// The times, as a part of a sentence.
  var text: String { "prefill \(prefillTime.seconds), decode \(decodeTime.seconds), waiting \(waitTime.seconds)" }
}
