internal import CHost

/// For loops that wait for another thread: spares the core's resources and the memory's.
package func spinPause() { gpt2_pause() }
