// Before anything is painted: the colours that were chosen last time. The system's hold where none were.
try {
  const scheme = localStorage.getItem("gpt2-gpu scheme");
  if (scheme) document.documentElement.dataset.scheme = scheme;
} catch {
  // A browser that keeps nothing: the system's colours do.
}
