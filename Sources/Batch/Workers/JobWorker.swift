package import Engine

/// One of the devices that write a job's texts.
///
/// A loaded model is for one thread alone, so it is loaded on the thread that runs it.
package struct JobWorker: Sendable {
  /// A model on the device.
  package struct Writer {
    /// Runs a source's requests, as `LoadedModel.run` does.
    let run: (any RequestSource, (GenerationEvent) throws -> Bool) throws -> RunStatistics
    /// Called when the texts are out and the job has gone well.
    let end: () -> Void

    /// Writes by `run`, and is through after `end`.
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
