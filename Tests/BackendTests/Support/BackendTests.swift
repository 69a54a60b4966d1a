import Testing

/// Everything that computes on a backend: one test after another, because they share the backends.
@Suite(.serialized) enum BackendTests {}
