/** What ONNX Runtime says of a provider that does not come up, without its own places in its sources, and paths told twice. */
export function plainReason(said: string): string {
  const [, trouble] = /Failed to load library \S+ with error: ([\s\S]+)/.exec(said) ?? [];
  if (trouble !== undefined) return `it cannot load ${trouble.replace(/^\S*[/\\]/, '').trim()}`;
  return said.replace(/^\S+\.(?:cc|cpp|h):\d+ [\s\S]*? was false\. /, '').trim();
}
